import { readFile } from "node:fs/promises";
import { closeSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { AloneConfig } from "../config.ts";
import type { Log } from "../observe/log.ts";
import { connectionsFor } from "../server/open-files.ts";
import { workerCount } from "./worker-count.ts";
import { type PoolEvent, WorkerPool } from "./worker-pool.ts";

const MAX_CONNECTIONS = 10_000;

/** Where the table comes from. */
export interface TableSource {
  /** Puts the table that is there into force, and goes on to follow it. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What is busy has changed. */
  acknowledgeAgain(): void;
}

export interface PrimaryParts {
  readonly config: Omit<AloneConfig, "BASTIDE_STATE_DIR">;
  readonly follow: (pool: WorkerPool) => TableSource;
  readonly log: Log;
  /** Descriptors of the sockets that the launcher holds. */
  readonly sockets: readonly number[];
  /** The worker's program. */
  readonly program: string;
}

/** What rules a gateway: follows the table, keeps the workers, and answers for them. It never touches a request. */
export class Primary {
  readonly #parts: PrimaryParts;
  #pool: WorkerPool | undefined;
  #table: TableSource | undefined;
  #isStopping = false;

  constructor(parts: PrimaryParts) {
    this.#parts = parts;
  }

  /**
   * The last known good table first, then connections: the very first request finds its route, with or without a
   * control plane.
   */
  async start(): Promise<void> {
    const pool = await this.#makePool();
    this.#pool = pool;
    pool.start();
    this.#table = this.#parts.follow(pool);
    await this.#table.start();
    await pool.accept();
    process.send?.("ready");
  }

  /** Finishes what is under way, for at most `deadlineMs`, and ends the process. */
  async stop(reason: string, deadlineMs: number): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#parts.log("info", "stopping", { reason });
    for (const socket of this.#parts.sockets) closeSync(socket);
    await this.#pool?.stop(deadlineMs);
    await this.#table?.stop();
    this.#parts.log("info", "stopped");
    process.exit();
  }

  async #makePool(): Promise<WorkerPool> {
    const { config, sockets, program } = this.#parts;
    const launch = {
      program,
      sockets,
      waitMs: config.BASTIDE_WAIT_MS,
      answerMs: config.BASTIDE_ANSWER_TIMEOUT_MS,
      headersTimeoutMs: config.BASTIDE_HEADERS_TIMEOUT_MS,
      idleTimeoutMs: config.BASTIDE_IDLE_TIMEOUT_MS,
      maxConnections: config.BASTIDE_MAX_CONNECTIONS ?? (await possibleConnections()),
    };
    return new WorkerPool(config.BASTIDE_WORKERS ?? workerCount(availableParallelism()), launch, {
      onEvent: (event) => this.#tell(event),
      onBusy: () => this.#table?.acknowledgeAgain(),
      metrics: async () => "",
      onStranger: () => process.send?.("upgrade"),
    });
  }

  #tell({ type, ...facts }: PoolEvent): void {
    this.#parts.log(LEVELS[type], type.replace("-", " "), facts);
  }
}

const LEVELS: Readonly<Record<PoolEvent["type"], Parameters<Log>[0]>> = {
  "worker-started": "info",
  "worker-retiring": "info",
  "worker-ended": "info",
  "worker-died": "error",
  "worker-killed": "error",
};

/** An address that runs out of files would put healthy upstreams aside: fewer clients are better than that. */
async function possibleConnections(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  return Math.min(MAX_CONNECTIONS, connectionsFor(limits) ?? MAX_CONNECTIONS);
}
