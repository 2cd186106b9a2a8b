import { extname, join } from "node:path";
import { ConfigError, readConfig } from "./config.ts";
import { logTo } from "./observe/log.ts";
import { writeToStdout } from "./observe/stdout.ts";
import { readListeners, usable } from "./primary/listeners.ts";
import { Primary } from "./primary/primary.ts";
import { workersFor } from "./primary/worker-launch.ts";

/** `EX_CONFIG` of sysexits.h: starting again will not help. */
const BAD_CONFIG = 78;

const log = logTo(writeToStdout);
const program = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);

try {
  const config = readConfig(process.env);
  const listeners = usable(readListeners(process.env["BASTIDE_LISTENERS"]), log);
  const primary = await Primary.make({
    config,
    log,
    listeners,
    workers: await workersFor(config, program, listeners),
    files: [import.meta.filename, program],
    isSuccessor: process.env["BASTIDE_SUCCESSOR"] === "1",
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => void primary.stop(signal, config.BASTIDE_SHUTDOWN_MS));
  process.once("disconnect", () => void primary.stop("the launcher has gone", 0));
  process.on("message", (message) => {
    if (message === "successor-failed") primary.upgradeFailed();
  });
  await primary.start();
  log("info", "listening", {
    addresses: listeners.map(({ host }) => host),
    port: listeners[0]?.port,
  });
} catch (cause) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  log("error", "the gateway did not start", { reason });
  process.exit(cause instanceof ConfigError ? BAD_CONFIG : 1);
}
