import type { InstanceSpec } from "@bastide/contracts";
import { type ExitStatus, type RunHandle, RuntimeError } from "@bastide/runtime";
import { reasonOf } from "../journal/reason.ts";
import { PromiseKeeper } from "../promises/promise-keeper.ts";
import { afterCrash, restartDelayMs } from "./domain/crashes.ts";
import type { LivingRun } from "./domain/plan.ts";
import type { InstanceContext } from "./instance-context.ts";
import type { InstanceHome } from "./instance-home.ts";
import { artefactMounts } from "./preparation.ts";
import type { RecordKeeper } from "./record-keeper.ts";
import { RunWatch } from "./run-watch.ts";
import { runSpecOf } from "./run-spec.ts";

export interface RunsOptions {
  readonly context: InstanceContext;
  readonly home: InstanceHome;
  readonly record: RecordKeeper;
  /** The run ended by itself, or its promises changed. */
  readonly onChange: () => void;
}

/** What crashed, in words. */
export interface Crash {
  readonly message: string;
}

/** The runs of one instance, one after the other. Each step is on record before it is taken. */
export class InstanceRuns {
  readonly #options: RunsOptions;
  #watch: RunWatch | undefined;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** The run as decisions see it. */
  get living(): LivingRun | undefined {
    const { run } = this.#options.record.now;
    if (!run || !this.#watch) return undefined;
    const { startedAtMs, readyAtMs } = run;
    return {
      startedAtMs,
      wasReady: readyAtMs !== undefined,
      verdict: this.#watch.keeper.verdict,
    };
  }

  /** How the run ended by itself, until `ended` was called for it. */
  get exit(): ExitStatus | undefined {
    return this.#watch?.exit;
  }

  get promises(): PromiseKeeper["report"] {
    return this.#watch?.keeper.report ?? [];
  }

  /** Takes over a run of an earlier agent, without touching it. The exit of one that ended meanwhile, if it crashed. */
  async adopt(spec: InstanceSpec | undefined): Promise<ExitStatus | undefined> {
    const { context, home, record } = this.#options;
    const { run, id } = record.now;
    const handle = run?.handle ?? (await context.driver.find(id, home.state));
    if (!handle) {
      record.set({ run: undefined });
      return undefined;
    }
    record.set({ run: { startedAtMs: Date.now(), ...run, handle } });
    if (await context.driver.isRunning(handle)) {
      this.watch(spec);
      return undefined;
    }
    if (handle.bootId !== context.bootId) {
      await this.#close(handle);
      return undefined;
    }
    return context.driver.waitForExit(handle, AbortSignal.timeout(5000));
  }

  /** Throws RuntimeError when nothing could be started; the record then has no run. */
  async start(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    const { context, home, record } = this.#options;
    const { port, uid } = record.now;
    const artefact = await artefactMounts(context, spec, signal);
    const { installation, orchestratorUrl } = context;
    const startedAtMs = Date.now();
    record.set({ run: { startedAtMs } });
    await record.save();
    try {
      const runSpec = runSpecOf({
        spec,
        home,
        port,
        uid,
        platform: installation.tools,
        artefact,
        orchestratorUrl,
      });
      record.set({ run: { startedAtMs, handle: await context.driver.start(runSpec) } });
    } catch (error) {
      record.set({ run: undefined });
      throw error;
    }
    this.watch(spec);
    await record.trySave();
  }

  /** Begins to watch the run on record; again for an adopted one whose specification has come. */
  watch(spec: InstanceSpec | undefined): void {
    const { context, record, onChange } = this.#options;
    const { run, port, host, uid } = record.now;
    if (!run?.handle) return;
    this.#watch?.stop();
    const listening = spec?.listens === false ? undefined : port;
    const target = { run: run.handle, port: listening, host, uid };
    const keeper = new PromiseKeeper({
      promises: spec?.promises ?? [],
      target,
      startedAtMs: run.startedAtMs,
      wasReady: run.readyAtMs !== undefined,
      prober: context.prober,
      onChange,
    });
    this.#watch = new RunWatch({
      driver: context.driver,
      handle: run.handle,
      keeper,
      onExit: onChange,
      onError: (error) => this.#complain("the end of a run cannot be waited for", error),
    });
    this.#watch.start();
  }

  /** Puts on record that the promises are kept for the first time; what it crashed of before is past. */
  noteReadiness(): void {
    const { record } = this.#options;
    const { run } = record.now;
    if (!run || run.readyAtMs !== undefined || this.living?.verdict !== "kept") return;
    const readyAtMs = Date.now();
    record.set({ run: { ...run, readyAtMs }, message: undefined, lastLogs: undefined });
    void record.trySave();
  }

  /** Ends the run as its driver does: a request first, force after the grace time. */
  async stop(graceMs: number): Promise<ExitStatus> {
    const handle = this.#options.record.now.run?.handle;
    if (!handle) return {};
    this.#watch?.stop();
    return this.#options.context.driver.stop(handle, graceMs);
  }

  /** Puts a run that is over on record: as a crash, unless it was asked to end. */
  async ended(exit: ExitStatus, crash: Crash | undefined): Promise<void> {
    const { context, record } = this.#options;
    const { run, crashes, id } = record.now;
    const nowMs = Date.now();
    if (run?.handle) await this.#close(run.handle);
    const { code, signal } = exit;
    const lastExit = {
      ...(code === undefined ? {} : { code }),
      ...(signal === undefined ? {} : { signal }),
      at: new Date(nowMs).toISOString(),
    };
    record.set({ lastExit });
    if (crash) {
      const readyMs = run?.readyAtMs === undefined ? 0 : nowMs - run.readyAtMs;
      const after = afterCrash(crashes, nowMs, readyMs);
      const notBeforeMs = nowMs + restartDelayMs(after, Math.random());
      const lastLogs = await context.lastLines(id);
      record.set({ crashes: after, notBeforeMs, message: crash.message, lastLogs });
    }
  }

  /** Lets go of a living run, which goes on. */
  detach(): void {
    this.#watch?.stop();
  }

  async #close(handle: RunHandle): Promise<void> {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#options.record.set({ run: undefined });
    await this.#options.context.driver
      .release(handle)
      .catch((error: unknown) => this.#complain("a run's remains could not be removed", error));
  }

  #complain(message: string, error: unknown): void {
    const { context, record } = this.#options;
    context.journal.warn(message, { instance: record.now.id, reason: reasonOf(error) });
  }
}

/** Whether trying again is pointless until the machine is mended. */
export const isIsolationMissing = (error: unknown): boolean =>
  error instanceof RuntimeError && error.code === "isolation-missing";
