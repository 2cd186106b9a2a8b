import "reflect-metadata";
import { ConfigError, JsonLogger } from "@bastide/service-kit";
import { readConfig } from "./config.ts";
import { CONTROL_MODULES } from "./control-modules.ts";
import { NodesListener } from "./node-identity/nodes-listener.ts";
import { createOrchestrator } from "./orchestrator.ts";

/** sysexits.h: the configuration is wrong, so starting again changes nothing. */
const EX_CONFIG = 78;

/** After a stop signal everything ends by itself; what has not by then is cut off. */
const SHUTDOWN_DEADLINE_MS = 10_000;

const logger = new JsonLogger();

async function start(): Promise<void> {
  const config = readConfig(process.env);
  const app = await createOrchestrator(config, CONTROL_MODULES, logger);
  const { host, port } = config.listen;
  await app.listen(port, host);
  await app.get(NodesListener).listen();
  logger.info("listening", { host, port, version: config.version, pid: process.pid });
}

function fail(error: unknown): never {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) logger.error(problem);
    process.exit(EX_CONFIG);
  }
  const advice = isUnreachable(error) ? "PostgreSQL does not answer; start it first" : undefined;
  logger.error("the orchestrator cannot start", { advice, error });
  process.exit(1);
}

/** Nothing listens at the database's address. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && error.syscall === "connect";

for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE_MS).unref();
  });

await start().catch(fail);
