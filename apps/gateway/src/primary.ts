import { extname, join } from "node:path";
import { ConfigError, readConfig } from "./config.ts";
import { logTo } from "./observe/log.ts";
import { writeToStdout } from "./observe/stdout.ts";
import { readListeners, usable } from "./primary/listeners.ts";
import { Primary } from "./primary/primary.ts";

/** `EX_CONFIG` of sysexits.h: starting again will not help. */
const BAD_CONFIG = 78;

const log = logTo(writeToStdout);

try {
  const config = readConfig(process.env);
  const listeners = usable(readListeners(process.env["BASTIDE_LISTENERS"]), log);
  const primary = new Primary({
    config,
    log,
    sockets: listeners.map(({ fd }) => fd),
    program: join(import.meta.dirname, `worker${extname(import.meta.filename)}`),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => void primary.stop(signal, config.BASTIDE_SHUTDOWN_MS));
  process.once("disconnect", () => void primary.stop("the launcher has gone", 0));
  await primary.start();
  log("info", "listening", {
    addresses: listeners.map(({ host }) => host),
    port: listeners[0]?.port,
  });
} catch (cause) {
  log("error", "the gateway did not start", { reason: reasonOf(cause) });
  process.exit(cause instanceof ConfigError ? BAD_CONFIG : 1);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
