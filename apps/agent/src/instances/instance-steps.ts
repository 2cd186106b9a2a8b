import { rm } from "node:fs/promises";
import type { InstanceSpec } from "@bastide/contracts";
import type { ExitStatus } from "@bastide/runtime";
import { isDiskFull } from "../disk/file-errors.ts";
import { reasonOf } from "../journal/reason.ts";
import { explainEnding } from "./domain/endings.ts";
import type { InstanceContext } from "./instance-context.ts";
import { writeInstanceFiles } from "./instance-files.ts";
import type { InstanceHome } from "./instance-home.ts";
import { hostOf } from "./host-of.ts";
import { InstanceRuns, isIsolationMissing } from "./instance-runs.ts";
import { prepareInstance } from "./preparation.ts";
import type { RecordKeeper } from "./record-keeper.ts";

export interface StepsOptions {
  readonly context: InstanceContext;
  readonly home: InstanceHome;
  readonly record: RecordKeeper;
  readonly runs: InstanceRuns;
}

/** The steps that a plan is made of, for one instance; called one at a time. Each can be cut off by a kill and taken again. */
export class InstanceSteps {
  readonly #options: StepsOptions;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** Throws NumberTaken, the control plane's and the file system's errors, or the signal's reason. */
  async prepare(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    const { context, home, record } = this.#options;
    const { artefact, listens, id } = spec;
    if (artefact.kind === "blob") context.artefacts.use(artefact.digest, id);
    const wanted = typeof listens === "number" ? listens : undefined;
    const host = hostOf(spec);
    const port = listens === false ? undefined : await context.ports.take(id, wanted, host);
    const uid = await context.uids?.take(id);
    record.set({ port, host, uid });
    await record.save();
    await prepareInstance(context, home, spec, uid, signal);
    record.set({ isPrepared: true });
  }

  /** Throws what will be better later; what the app or its sandbox did wrong counts as a crash. */
  async start(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.runs.start(spec, signal);
    } catch (error) {
      if (isDiskFull(error) || signal.aborted) throw error;
      if (isIsolationMissing(error)) await this.fail(reasonOf(error));
      else await this.#crashed(reasonOf(error), {});
    }
  }

  /** Ends the run; with a reason it counts as a crash. */
  async stop(reason: string | undefined): Promise<void> {
    const { record, runs } = this.#options;
    const exit = await runs.stop(record.now.stopGraceMs);
    if (reason !== undefined) return this.#crashed(reason, exit);
    await runs.ended(exit, undefined);
    record.set({ message: undefined, lastLogs: undefined });
    await record.trySave();
  }

  /** The run ended by itself. */
  ended(exit: ExitStatus, spec: InstanceSpec | undefined): Promise<void> {
    return this.#crashed(explainEnding(exit, spec?.limits.memoryBytes), exit);
  }

  async fail(message: string): Promise<void> {
    const { context, record } = this.#options;
    record.set({ failure: message });
    context.journal.error("an instance failed", { instance: record.now.id, reason: message });
    await record.trySave();
  }

  /** The directory goes first: numbers without one are given back by the next agent. */
  async erase(): Promise<void> {
    const { context, home, record } = this.#options;
    const { artefact, id } = record.now;
    await record.close();
    await rm(home.directory, { recursive: true, force: true });
    await context.ports.release(id);
    await context.uids?.release(id);
    if (artefact?.kind === "blob") await context.artefacts.letGo(artefact.digest, id);
    context.onGone(id);
  }

  writeFiles(files: Readonly<Record<string, string>>): Promise<void> {
    const { home, record } = this.#options;
    return writeInstanceFiles(home.files, files, record.now.uid);
  }

  async #crashed(message: string, exit: ExitStatus): Promise<void> {
    const { context, record, runs } = this.#options;
    await runs.ended(exit, { message });
    context.journal.warn("an instance ended", { instance: record.now.id, reason: message });
    await record.trySave();
  }
}
