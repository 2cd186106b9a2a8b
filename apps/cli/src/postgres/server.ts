import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../command-line/failure.ts";
import {
  endProcess,
  identify,
  isAlive,
  type ProcessIdentity,
  signalProcess,
  waitForEnd,
} from "../machine/process-identity.ts";
import { goingFirst, sessionGoesFirst } from "../machine/priority.ts";
import { lastLines } from "../machine/tail.ts";
import { type Cluster, clusterCommand } from "./cluster.ts";
import { configure } from "./configure.ts";

const START_TIMEOUT_MS = 60_000;
/** A fast shutdown writes a checkpoint, which may take a while on a slow disk. */
const STOP_TIMEOUT_MS = 60_000;

/** A server that runs. */
export interface PostgresServer {
  readonly process: ProcessIdentity;
  readonly socketDirectory: string;
  /** It ran before we came. */
  readonly adopted: boolean;
}

/** The running server of a data directory, started by whomever; undefined when there is none. */
export function runningServer(dataDirectory: string): PostgresServer | undefined {
  const status = readStatus(dataDirectory);
  if (status === undefined) return undefined;
  const process = identify(status.pid);
  // After a crash the file names a pid that may be anybody's now: only a server works inside this very directory.
  if (process === undefined || !worksIn(process.pid, dataDirectory)) return undefined;
  return { process, socketDirectory: status.socketDirectory, adopted: true };
}

/** Adopts the server that runs, else starts one; returns when it accepts connections. */
export async function startServer(cluster: Cluster): Promise<PostgresServer> {
  const running = runningServer(cluster.dataDirectory);
  if (running !== undefined) {
    await waitUntilReady(cluster, () => isAlive(running.process), 0);
    return running;
  }
  configure(cluster, cluster.dataDirectory);
  const logged = statSync(cluster.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const [file = "", ...args] = goingFirst(
    clusterCommand(cluster, cluster.dataDirectory, "postgres", ["-D", cluster.dataDirectory]),
  );
  const log = openSync(cluster.logFile, "a", 0o640);
  // In a session of its own: Ctrl-C on our terminal must not reach it, and it outlives us.
  const child = spawn(file, args, {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  let ended = false;
  child.once("error", () => (ended = true));
  child.once("exit", () => (ended = true));
  child.unref();
  sessionGoesFirst(child.pid);
  await waitUntilReady(cluster, () => !ended, logged);
  const started = runningServer(cluster.dataDirectory);
  if (started === undefined) throw startFailure(cluster, logged);
  return { ...started, adopted: false };
}

/** Ends connections, writes everything, stops; kills what does not stop in time (the log replays it). */
export async function stopServer(server: PostgresServer): Promise<void> {
  signalProcess(server.process, "SIGINT");
  if (await waitForEnd(server.process, STOP_TIMEOUT_MS)) return;
  await endProcess(server.process, "SIGQUIT", 5_000);
}

async function waitUntilReady(
  cluster: Cluster,
  isRunning: () => boolean,
  logged: number,
): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (
    readStatus(cluster.dataDirectory)?.ready !== true ||
    runningServer(cluster.dataDirectory) === undefined
  ) {
    if (!isRunning() || Date.now() > deadline) throw startFailure(cluster, logged);
    await delay(10);
  }
}

function startFailure(cluster: Cluster, logged: number): Failure {
  const details = lastLines(cluster.logFile, 12, logged);
  return new Failure("failed", `PostgreSQL ${cluster.binaries.major} did not start`, {
    details,
    fix: details.some((line) => line.includes("No space left"))
      ? "the disk is full: free some space, then run this again"
      : `see the lines above and ${cluster.logFile}; the data in ${cluster.dataDirectory} was not changed`,
  });
}

/** postmaster.pid: pid, data directory, start time, port, socket directory, address, shared memory, status. */
function readStatus(
  dataDirectory: string,
): { pid: number; socketDirectory: string; ready: boolean } | undefined {
  try {
    const lines = readFileSync(join(dataDirectory, "postmaster.pid"), "utf8").split("\n");
    const pid = Number(lines[0]);
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    return { pid, socketDirectory: lines[4] ?? "", ready: lines[7]?.trim() === "ready" };
  } catch {
    return undefined;
  }
}

/** Compared by inode: a server in a mount namespace of its own shows another path. */
function worksIn(pid: number, directory: string): boolean {
  try {
    const own = statSync(`/proc/${pid}/cwd`);
    const wanted = statSync(directory);
    return own.ino === wanted.ino && own.dev === wanted.dev;
  } catch {
    return false;
  }
}
