import type { ChildProcess } from "node:child_process";
import { flushCompileCache } from "node:module";
import { dirname } from "node:path";
import { FILE_VARIABLE } from "../alone/environment.ts";
import { FileRefused } from "../alone/file-problem.ts";
import type { FollowedFile } from "../alone/follow-file.ts";
import { ConfigError, readAloneConfig, readConfig } from "../config.ts";
import { savedTableIn } from "../control/saved-table.ts";
import { StreamSource } from "../control/table-source.ts";
import type { Listener } from "../launcher/launcher.ts";
import { logTo } from "../observe/log.ts";
import { writeToStdout } from "../observe/stdout.ts";
import { usable } from "./listeners.ts";
import { Primary, type PrimaryParts } from "./primary.ts";
import { workersFor } from "./worker-launch.ts";

/** `EX_CONFIG` of sysexits.h: starting again will not help. */
const BAD_CONFIG = 78;

const log = logTo(writeToStdout);

export interface PrimaryProgram {
  /** What the launcher has bound. */
  readonly held: readonly Listener[];
  /** The file that a worker runs. */
  readonly worker: string;
  /** One that was started ahead of us. */
  readonly first: ChildProcess;
  /** The files that the program consists of. */
  readonly files: readonly string[];
}

/** Serves until it is told to end; ends the process where it cannot. */
export async function runPrimary(program: PrimaryProgram): Promise<void> {
  try {
    await start(program);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof FileRefused) process.stderr.write(`${reason}\n`);
    else log("error", "the gateway did not start", { reason });
    process.exit(cause instanceof ConfigError || cause instanceof FileRefused ? BAD_CONFIG : 1);
  }
}

async function start({ held, worker, first, files }: PrimaryProgram): Promise<void> {
  const table = await tableOf(process.env[FILE_VARIABLE]);
  const { config } = table;
  const listeners = usable(held, log);
  const primary = await Primary.make({
    ...table,
    log,
    listeners,
    workers: { ...(await workersFor(table, worker, listeners, log)), first },
    files,
    isSuccessor: process.env["BASTIDE_SUCCESSOR"] === "1",
    isAgain: process.env["BASTIDE_AGAIN"] === "1",
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => void primary.stop(signal, config.BASTIDE_SHUTDOWN_MS));
  process.once("disconnect", () => void primary.stop("the launcher has gone", 0));
  process.on("message", (message) => {
    if (message === "successor-failed") primary.upgradeFailed();
  });
  await primary.start();
  // The next one reads what this one has compiled, also after a kill.
  setTimeout(flushCompileCache, 2_000).unref();
  log("info", "listening", {
    addresses: [...new Set(listeners.map(({ host }) => host))],
    port: listeners.find(({ kind }) => kind === "http")?.port,
    httpsPort: listeners.find(({ kind }) => kind === "https")?.port,
  });
}

/** What the gateway follows: a file, or the control plane. */
async function tableOf(
  file: string | undefined,
): Promise<
  Pick<PrimaryParts, "config" | "stateDirectory" | "follow"> & { readonly peerDirectory?: string }
> {
  if (file === undefined) {
    const config = readConfig(process.env);
    const saved = await savedTableIn(config.BASTIDE_STATE_DIR, log);
    return {
      config,
      stateDirectory: config.BASTIDE_STATE_DIR,
      peerDirectory: dirname(config.BASTIDE_TOKEN_FILE),
      follow: (user, onEvent) => new StreamSource({ config, saved, user, log, onEvent }),
    };
  }
  const config = readAloneConfig(process.env);
  const { BASTIDE_STATE_DIR: stateDirectory } = config;
  let followed: FollowedFile | undefined;
  // From now on, and not only once the file is followed: by default the signal ends a process.
  process.on("SIGHUP", () => void followed?.reload());
  // Only here: what reads the file is larger than the rest of this program.
  const { FollowedFile: File } = await import("../alone/follow-file.ts");
  return {
    config,
    stateDirectory,
    follow: (user) => (followed = new File(file, user, log, stateDirectory)),
  };
}
