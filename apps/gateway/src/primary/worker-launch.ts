import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { AloneConfig } from "../config.ts";
import { connectionsFor } from "../server/open-files.ts";
import type { Holding } from "./listeners.ts";
import { workerCount } from "./worker-count.ts";
import type { WorkerLaunch } from "./worker-process.ts";

const MAX_CONNECTIONS = 10_000;

/** How many workers there are, and what each is started with. */
export async function workersFor(
  config: Omit<AloneConfig, "BASTIDE_STATE_DIR">,
  program: string,
  listeners: readonly Holding[],
): Promise<{ count: number; launch: WorkerLaunch }> {
  const launch = {
    program,
    sockets: listeners.map(({ fd }) => fd),
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

/** An address that runs out of files would put healthy upstreams aside: fewer clients are better than that. */
async function possibleConnections(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  return Math.min(MAX_CONNECTIONS, connectionsFor(limits) ?? MAX_CONNECTIONS);
}
