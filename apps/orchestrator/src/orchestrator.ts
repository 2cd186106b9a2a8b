import { createService, JsonLogger } from "@bastide/service-kit";
import type { Type } from "@nestjs/common";
import type { NestFastifyApplication } from "@nestjs/platform-fastify";
import { AppModule } from "./app.module.ts";
import type { Config } from "./config.ts";
import { CONTROL_MODULES } from "./control-modules.ts";
import { IdempotencyInterceptor } from "./idempotency/idempotency.interceptor.ts";

/** The whole orchestrator, migrated and not yet listening. */
export async function createOrchestrator(
  config: Config,
  control: readonly Type[] = CONTROL_MODULES,
  logger: JsonLogger = new JsonLogger(),
): Promise<NestFastifyApplication> {
  const app = await createService(AppModule.of(config, control, logger), logger);
  app.useGlobalInterceptors(app.get(IdempotencyInterceptor));
  return app;
}
