import { Controller, Get, Res } from "@nestjs/common";
import type { FastifyReply } from "fastify";
import { Public } from "../http/handler-metadata.ts";
import { HealthChecks } from "./health-checks.ts";

/** For the supervisor: 200 when the service can work, 503 when not. Says which part, and no more. */
@Controller()
export class HealthController {
  readonly #checks: HealthChecks;

  constructor(checks: HealthChecks) {
    this.#checks = checks;
  }

  @Get("healthz")
  @Public("says only whether the service works")
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const results = await this.#checks.run();
    const healthy = results.every((result) => result.healthy);
    reply.status(healthy ? 200 : 503);
    return { healthy, checks: results.map(({ name, healthy: ok }) => ({ name, healthy: ok })) };
  }
}
