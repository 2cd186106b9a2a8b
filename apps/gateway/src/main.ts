import { writeSync } from "node:fs";
import { ConfigError, readConfig } from "./config.ts";
import { logTo } from "./observe/log.ts";
import { type RunningGateway, serve } from "./serve.ts";

/** `EX_CONFIG` of sysexits.h: starting again will not help. */
const BAD_CONFIG = 78;

const log = logTo((line) => {
  try {
    writeSync(process.stdout.fd, line);
  } catch {
    // A full disk or a closed pipe costs this line: not the gateway, and not the lines to come.
  }
});

try {
  const config = readConfig(process.env);
  const gateway = await serve(config, log);
  log("info", "listening", {
    addresses: config.BASTIDE_LISTEN,
    port: gateway.port,
    httpsPort: gateway.httpsPort,
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => void stop(gateway, signal));
} catch (cause) {
  log("error", "the gateway did not start", { reason: reasonOf(cause) });
  process.exitCode = cause instanceof ConfigError ? BAD_CONFIG : 1;
}

async function stop(gateway: RunningGateway, signal: string): Promise<void> {
  log("info", "stopping", { signal });
  await gateway.close();
  log("info", "stopped");
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
