import { extname, join } from "node:path";
import { FILE_VARIABLE } from "./alone/environment.ts";
import { FileRefused } from "./alone/file-problem.ts";
import { ConfigError, readAloneConfig, readConfig } from "./config.ts";
import { followTable } from "./control/follow-table.ts";
import { logTo } from "./observe/log.ts";
import { writeToStdout } from "./observe/stdout.ts";
import { readListeners, usable } from "./primary/listeners.ts";
import { Primary, type PrimaryParts } from "./primary/primary.ts";
import { workersFor } from "./primary/worker-launch.ts";

/** `EX_CONFIG` of sysexits.h: starting again will not help. */
const BAD_CONFIG = 78;

const log = logTo(writeToStdout);
const program = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);

try {
  const { config, follow } = await tableOf(process.env[FILE_VARIABLE]);
  const listeners = usable(readListeners(process.env["BASTIDE_LISTENERS"]), log);
  const primary = await Primary.make({
    config,
    follow,
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
  if (cause instanceof FileRefused) process.stderr.write(`${reason}\n`);
  else log("error", "the gateway did not start", { reason });
  process.exit(cause instanceof ConfigError || cause instanceof FileRefused ? BAD_CONFIG : 1);
}

/** What the gateway follows: a file, or the control plane. */
async function tableOf(file: string | undefined): Promise<Pick<PrimaryParts, "config" | "follow">> {
  if (file === undefined) {
    const config = readConfig(process.env);
    return { config, follow: (user, parts) => followTable(config, user, parts) };
  }
  const config = readAloneConfig(process.env);
  const asked: { reload(): void } = { reload: () => {} };
  // From now on, and not only once the file is followed: by default the signal ends a process.
  process.on("SIGHUP", () => asked.reload());
  // Only here: what reads the file is larger than the rest of this program.
  const { FollowedFile } = await import("./alone/follow-file.ts");
  const follow: PrimaryParts["follow"] = (user) => {
    const followed = new FollowedFile(file, config.BASTIDE_STATE_DIR, user, log);
    asked.reload = () => void followed.reload();
    return followed;
  };
  return { config, follow };
}
