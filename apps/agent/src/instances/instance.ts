import { setTimeout as delay } from "node:timers/promises";
import type { InstanceSpec, ObservedInstance } from "@bastide/contracts";
import { explainFileError } from "../disk/file-errors.ts";
import { NO_CRASHES } from "./domain/crashes.ts";
import { phaseOf } from "./domain/phase.ts";
import { type Action, type Desired, type InstanceState, planInstance } from "./domain/plan.ts";
import { troubleDelayMs } from "./domain/trouble.ts";
import type { InstanceContext } from "./instance-context.ts";
import { homeOf, type InstanceHome } from "./instance-home.ts";
import type { InstanceRecord } from "./instance-record.ts";
import { InstanceRuns } from "./instance-runs.ts";
import { InstanceSteps } from "./instance-steps.ts";
import { observedInstance } from "./observed.ts";
import { RecordKeeper } from "./record-keeper.ts";

const HALT_POLL_MS = 50;
const START_TIMEOUT_MS = 60_000;

/**
 * One instance: what is wanted of it, what is the case, and the steps from one to the other, one at a time. Every step
 * can be cut off by a kill; the next agent plans again from the record.
 */
export class Instance {
  readonly id: string;
  readonly home: InstanceHome;
  readonly #context: InstanceContext;
  readonly #record: RecordKeeper;
  readonly #runs: InstanceRuns;
  readonly #steps: InstanceSteps;
  #spec: InstanceSpec | undefined;
  #desired: Desired = "held";
  #trouble: { readonly times: number; readonly message: string } | undefined;
  #hasNewFiles = false;
  #isStopping = false;
  #isHalted = false;
  #isDetached = false;
  #isDue = false;
  #loop: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Ends the wait for an artefact when it isn't wanted any more. */
  #patience = new AbortController();
  readonly #gone = new AbortController();
  #memoryBytes: number | undefined;
  #shown = "";

  constructor(context: InstanceContext, record: InstanceRecord) {
    this.id = record.id;
    this.home = homeOf(context.directory, record.id);
    this.#context = context;
    const shared = { context, home: this.home };
    this.#record = new RecordKeeper(this.home, context.journal, record);
    const onChange = (): void => this.#wake();
    this.#runs = new InstanceRuns({ ...shared, record: this.#record, onChange });
    this.#steps = new InstanceSteps({ ...shared, record: this.#record, runs: this.#runs });
  }

  get isPlatform(): boolean {
    return this.#record.now.artefact?.kind === "installed";
  }

  get process(): string {
    return this.#record.now.process;
  }

  /** Aborted when the instance is removed, with everything that it had. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get desired(): Desired {
    return this.#desired;
  }

  get observed(): ObservedInstance {
    return observedInstance({
      record: this.#record.now,
      desired: this.#desired,
      phase: phaseOf(this.#state(), this.#isStopping, Date.now()),
      promises: this.#runs.promises,
      trouble: this.#trouble?.message,
      memoryBytes: this.#memoryBytes,
    });
  }

  /** Takes over what an earlier agent left, before anything is wanted. */
  async adopt(): Promise<void> {
    const { ports, uids, artefacts } = this.#context;
    const { artefact, port = ports.of(this.id), uid = uids?.of(this.id) } = this.#record.now;
    if (artefact?.kind === "blob") artefacts.use(artefact.digest, this.id);
    if (port !== undefined) await ports.restore(this.id, port);
    if (uid !== undefined) await uids?.restore(this.id, uid);
    this.#record.set({ port, uid });
    const exit = await this.#runs.adopt(undefined);
    if (exit) await this.#steps.ended(exit, undefined);
  }

  /** `spec` absent: a tombstone came. */
  want(spec: InstanceSpec | undefined): void {
    this.#desired = spec?.state ?? "removed";
    if (spec) this.#take(spec);
    if (this.#desired !== "running") this.#patience.abort();
    this.#wake();
  }

  /** Stops the run until the agent ends, whatever is wanted. */
  async halt(): Promise<void> {
    this.#isHalted = true;
    this.#patience.abort();
    this.#wake();
    while (this.#loop || this.#runs.living) await (this.#loop ?? delay(HALT_POLL_MS));
  }

  /** Lets go: nothing is decided any more, and the run goes on. */
  detach(): void {
    this.#isDetached = true;
    this.#patience.abort();
    clearTimeout(this.#timer);
    this.#runs.detach();
  }

  async measure(): Promise<void> {
    const handle = this.#record.now.run?.handle;
    const usage = handle && (await this.#context.driver.usage(handle).catch(() => undefined));
    this.#memoryBytes = usage?.memoryBytes;
  }

  #take(spec: InstanceSpec): void {
    const before = this.#spec;
    this.#spec = spec;
    const { process, artefact, stopGraceMs } = spec;
    this.#record.set({ process, artefact, stopGraceMs });
    this.#hasNewFiles ||= this.#record.now.isPrepared && !sameFiles(before, spec);
    if (before?.state === "stopped") this.#record.set({ failure: undefined, crashes: NO_CRASHES });
    // A run that was adopted before its specification came is watched without its promises.
    if (before === undefined) this.#runs.watch(spec);
  }

  #state(): InstanceState {
    const { isPrepared, crashes, notBeforeMs, failure } = this.#record.now;
    const isHalted = this.#isHalted && this.#desired !== "removed";
    return {
      desired: isHalted ? "stopped" : this.#desired,
      isPrepared,
      run: this.#runs.living,
      crashes,
      notBeforeMs,
      hasFailed: failure !== undefined,
      startTimeoutMs: this.#spec?.startTimeoutMs ?? START_TIMEOUT_MS,
    };
  }

  #wake(): void {
    this.#isDue = true;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
      if (this.#isDue) this.#wake();
    });
  }

  async #run(): Promise<void> {
    while (this.#isDue && !this.#isDetached) {
      this.#isDue = false;
      try {
        await this.#step();
      } catch (error) {
        this.#postpone(error);
      }
      this.#tell();
    }
    this.#isDue &&= !this.#isDetached;
  }

  async #step(): Promise<void> {
    const { exit } = this.#runs;
    if (exit) await this.#steps.ended(exit, this.#spec);
    this.#runs.noteReadiness();
    if (this.#hasNewFiles) await this.#writeFiles();
    const action = planInstance(this.#state(), Date.now());
    if (action.type === "wait") return this.#waitUntil(action.untilMs);
    await this.#apply(action);
    this.#trouble = undefined;
    this.#isDue = true;
  }

  async #apply(action: Exclude<Action, { type: "wait" }>): Promise<void> {
    switch (action.type) {
      case "prepare":
        this.#tell();
        await this.#patiently((spec, signal) => this.#steps.prepare(spec, signal));
        this.#hasNewFiles = false;
        break;
      case "start":
        await this.#patiently((spec, signal) => this.#steps.start(spec, signal));
        break;
      case "stop":
        await this.#stop(undefined);
        break;
      case "repair":
        await this.#stop(action.reason);
        break;
      case "fail":
        await this.#steps.fail(action.message);
        break;
      case "erase":
        await this.#steps.erase();
        this.detach();
        this.#gone.abort(new Error("the instance was removed"));
        break;
    }
  }

  async #patiently(
    step: (spec: InstanceSpec, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.#patience = new AbortController();
    if (this.#spec) await step(this.#spec, this.#patience.signal);
  }

  async #stop(reason: string | undefined): Promise<void> {
    this.#isStopping = true;
    this.#tell();
    try {
      await this.#steps.stop(reason);
    } finally {
      this.#isStopping = false;
    }
  }

  async #writeFiles(): Promise<void> {
    await this.#steps.writeFiles(this.#spec?.files ?? {});
    this.#hasNewFiles = false;
  }

  /** What failed is tried again by itself, later and later; at once where it was only cut short. */
  #postpone(error: unknown): void {
    if (this.#patience.signal.aborted) {
      this.#patience = new AbortController();
      this.#isDue = true;
      return;
    }
    const times = (this.#trouble?.times ?? 0) + 1;
    const message = explainFileError(error, this.home.directory);
    if (message !== this.#trouble?.message)
      this.#context.journal.warn("a step failed", { instance: this.id, reason: message });
    this.#trouble = { times, message };
    const againMs = Date.now() + troubleDelayMs(times);
    this.#record.set({ notBeforeMs: againMs });
    this.#waitUntil(againMs);
  }

  #waitUntil(atMs: number | undefined): void {
    clearTimeout(this.#timer);
    if (atMs === undefined || this.#isDetached) return;
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, atMs - Date.now()));
  }

  /** Says that there is news, if a report would show any. */
  #tell(): void {
    const shown = JSON.stringify({ ...this.observed, memoryBytes: undefined });
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#context.onChange(this.id);
  }
}

function sameFiles(before: InstanceSpec | undefined, after: InstanceSpec): boolean {
  return JSON.stringify(before?.files) === JSON.stringify(after.files);
}

/** The record of an instance that nothing was done for yet. */
export const freshRecord = (id: string): InstanceRecord => ({
  id,
  process: "unknown",
  stopGraceMs: 10_000,
  isPrepared: false,
  crashes: NO_CRASHES,
  notBeforeMs: 0,
});
