import { extname, join } from "node:path";
import { FileRefused } from "./alone/file-problem.ts";
import { FILE_VARIABLE } from "./alone/environment.ts";
import { FollowedFile } from "./alone/follow-file.ts";
import { ConfigError, readAloneConfig, readConfig } from "./config.ts";
import { followTable } from "./control/follow-table.ts";
import { logTo } from "./observe/log.ts";
import { writeToStdout } from "./observe/stdout.ts";
import { readListeners, usable } from "./primary/listeners.ts";
import { Primary, type PrimaryParts, type TableSource } from "./primary/primary.ts";
import type { WorkerPool } from "./primary/worker-pool.ts";

/** `EX_CONFIG` of sysexits.h: starting again will not help. */
const BAD_CONFIG = 78;

const log = logTo(writeToStdout);

try {
  const { config, follow } = tableOf(process.env[FILE_VARIABLE]);
  const listeners = usable(readListeners(process.env["BASTIDE_LISTENERS"]), log);
  const primary = new Primary({
    config,
    follow,
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
  if (cause instanceof FileRefused) process.stderr.write(`${cause.message}\n`);
  else log("error", "the gateway did not start", { reason: reasonOf(cause) });
  process.exit(cause instanceof ConfigError || cause instanceof FileRefused ? BAD_CONFIG : 1);
}

/** What the gateway follows: a file, or the control plane. */
function tableOf(file: string | undefined): Pick<PrimaryParts, "config" | "follow"> {
  if (file === undefined) {
    const config = readConfig(process.env);
    return { config, follow: (pool) => followTable(config, pool, log) };
  }
  const config = readAloneConfig(process.env);
  const asked: { reload(): void } = { reload: () => {} };
  // From now on, and not only once the file is followed: by default the signal ends a process.
  process.on("SIGHUP", () => asked.reload());
  const follow = (pool: WorkerPool): TableSource => {
    const followed = new FollowedFile(file, pool, log);
    asked.reload = () => void followed.reload();
    return {
      start: () => followed.start(config.BASTIDE_STATE_DIR),
      stop: () => followed.stop(),
      acknowledgeAgain: () => followed.acknowledgeAgain(),
    };
  };
  return { config, follow };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
