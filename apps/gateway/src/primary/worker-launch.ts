import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { AloneConfig } from "../config.ts";
import { ensureIdentityKey } from "../identity/identity-key.ts";
import type { Log } from "../observe/log.ts";
import { connectionsFor } from "../server/open-files.ts";
import type { Holding } from "./listeners.ts";
import { workerCount } from "./worker-count.ts";
import type { WorkerLaunch } from "./worker-process.ts";

const MAX_CONNECTIONS = 10_000;

interface WorkersOf {
  readonly config: Omit<AloneConfig, "BASTIDE_STATE_DIR">;
  readonly stateDirectory: string | undefined;
  /** Where the agent writes what this gateway shows to other nodes; absent for a gateway alone. */
  readonly peerDirectory?: string;
}

/** How many workers there are, and what each is started with. */
export async function workersFor(
  { config, stateDirectory, peerDirectory }: WorkersOf,
  program: string,
  listeners: readonly Holding[],
  log: Log,
): Promise<{ count: number; launch: WorkerLaunch }> {
  const identityKeyFile = await keyFileIn(stateDirectory, log);
  const httpsPort = listeners.find(({ kind }) => kind === "https")?.port;
  const launch = {
    ...(identityKeyFile !== undefined && { identityKeyFile }),
    ...(peerDirectory !== undefined && { peerDirectory }),
    program,
    sockets: listeners.map(({ kind, fd }) => ({ kind, fd })),
    ...(httpsPort !== undefined && { httpsPort }),
    ticketKeys: randomBytes(48).toString("base64"),
    waitMs: config.BASTIDE_WAIT_MS,
    answerMs: config.BASTIDE_ANSWER_TIMEOUT_MS,
    headersTimeoutMs: config.BASTIDE_HEADERS_TIMEOUT_MS,
    idleTimeoutMs: config.BASTIDE_IDLE_TIMEOUT_MS,
    maxConnections: config.BASTIDE_MAX_CONNECTIONS ?? (await possibleConnections()),
    sampleRate: config.BASTIDE_LOG_SAMPLE,
    logLinesPerSecond: config.BASTIDE_LOG_LINES_PER_SECOND,
  };
  return { count: config.BASTIDE_WORKERS ?? workerCount(availableParallelism()), launch };
}

/** Without a key the gateway serves all the same: only routes that sign who asks are closed. */
async function keyFileIn(directory: string | undefined, log: Log): Promise<string | undefined> {
  if (directory === undefined) return undefined;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await ensureIdentityKey(directory);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    log("error", "there is no key to sign identity headers with", { reason });
    return undefined;
  }
}

/** An address that runs out of files would put healthy upstreams aside: fewer clients are better than that. */
async function possibleConnections(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  return Math.min(MAX_CONNECTIONS, connectionsFor(limits) ?? MAX_CONNECTIONS);
}
