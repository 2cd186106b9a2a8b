import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from "@nestjs/common";
import { JsonLogger } from "@bastide/service-kit";
import { type JobHelpers, Logger, makeWorkerUtils, run, type Runner } from "graphile-worker";
import { Pool } from "pg";
import { Config } from "../config.ts";
import { staleWorkers } from "./stale-workers.ts";

/** One connection listens, the others fetch and finish jobs; no job holds one while it works. */
const POOL_SIZE = 4;
const CONCURRENCY = 4;

export type Job = (
  payload: unknown,
  attempt: { readonly number: number; readonly isLast: boolean; readonly signal: AbortSignal },
) => Promise<void>;

/**
 * Durable jobs: leaf work that takes long or may fail for a while. A job that was under way when the orchestrator was
 * killed is run again at the next start, so every job must be safe to run twice.
 */
@Injectable()
export class Jobs implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #jobs = new Map<string, Job>();
  readonly #pool: Pool;
  readonly #logger: JsonLogger;
  readonly #crontab: string[] = [];
  readonly #beforeStart: (() => Promise<void>)[] = [];
  readonly #stopping = new AbortController();
  #runner: Runner | undefined;

  constructor(config: Config, logger: JsonLogger) {
    const { host, port, name, user, password } = config.database;
    this.#logger = logger;
    this.#pool = new Pool({
      host,
      port,
      database: name,
      user,
      ...(password === undefined ? {} : { password }),
      max: POOL_SIZE,
      application_name: "bastide-orchestrator-jobs",
    });
    const warn = (error: Error): void => logger.warn("a job connection broke", { error });
    this.#pool.on("error", warn);
    this.#pool.on("connect", (client) => client.on("error", warn));
  }

  /** Before `onApplicationBootstrap`. `cron` is five fields in UTC, for a job that also runs by the clock. */
  register(name: string, job: Job, cron?: string): void {
    this.#jobs.set(name, job);
    if (cron !== undefined) this.#crontab.push(`${cron} ${name} ?max=1`);
  }

  /** `prepare` runs once at the start, when the queue's tables are there and no job runs yet. */
  beforeStart(prepare: () => Promise<void>): void {
    this.#beforeStart.push(prepare);
  }

  /** The queue's tables are there before anything may add a job. */
  async onModuleInit(): Promise<void> {
    const utils = await makeWorkerUtils({ pgPool: this.#pool, logger: this.#workerLogger() });
    try {
      await utils.migrate();
      await utils.forceUnlockWorkers(await staleWorkers(this.#pool));
    } finally {
      await utils.release();
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const prepare of this.#beforeStart) await prepare();
    this.#runner = await run({
      pgPool: this.#pool,
      taskList: Object.fromEntries(
        Array.from(this.#jobs, ([name, job]) => [name, this.#task(job)] as const),
      ),
      crontab: this.#crontab.join("\n"),
      concurrency: CONCURRENCY,
      pollInterval: 2_000,
      noHandleSignals: true,
      logger: this.#workerLogger(),
    });
    this.#runner.promise.catch((error: unknown) => this.#logger.error("jobs stopped", { error }));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort(new Error("the orchestrator is stopping"));
    await this.#runner?.stop();
    await this.#pool.end();
  }

  #task(job: Job) {
    return async (payload: unknown, { job: { attempts, max_attempts } }: JobHelpers) => {
      const isLast = attempts >= max_attempts;
      await job(payload, { number: attempts, isLast, signal: this.#stopping.signal });
    };
  }

  #workerLogger(): Logger {
    return new Logger((scope) => (level, message) => {
      if (level === "error" || level === "warning")
        this.#logger.warn(message, { job: scope.taskIdentifier });
    });
  }
}
