import { rmdir } from "node:fs/promises";
import {
  type ExitStatus,
  type IsolationFacts,
  type RunHandle,
  type RunSpec,
  RuntimeDriver,
  RuntimeError,
  type Usage,
} from "./driver.ts";
import { waitForAdopted } from "./process/adopted-run.ts";
import { wasKilledForMemory, removeControlGroups } from "./process/control-groups.ts";
import { executeInside } from "./process/execute.ts";
import { fromExitCode } from "./process/exit-status.ts";
import { requireMinimum } from "./process/facts.ts";
import { fingerprint, type Fingerprint } from "./process/fingerprint.ts";
import type { OwnRun } from "./process/own-run.ts";
import {
  currentBootId,
  isAlive,
  type ProcessIdentity,
  signalProcess,
  statOf,
} from "./process/proc.ts";
import { anyAlive, killRun, mainProcess, type RunTrace } from "./process/remains.ts";
import { readProcessFile, readRecord, readStatus, removeStateFiles } from "./process/run-record.ts";
import { startRun } from "./process/start-run.ts";
import { findTools, type Tools } from "./process/tools.ts";
import { usageOf } from "./process/usage.ts";
import { checkSpec } from "./process/check-spec.ts";

export interface ProcessDriverOptions {
  /** Name of the control group that holds the runs' groups; one per agent on a machine. Default `bastide`. */
  readonly controlGroup?: string;
  /** Where bubblewrap, setpriv and the others are; found on the host by default. */
  readonly tools?: Tools;
}

/** A run as this process has come to know it. */
interface KnownRun {
  readonly handle: RunHandle;
  /** Absent where another process started it. */
  readonly own?: OwnRun;
  /** The end in progress or done: one answer for all who ask. */
  settling?: Promise<ExitStatus> | undefined;
}

/**
 * Runs things as processes of this host, each in a bubblewrap sandbox and control groups of its own. Linux only.
 *
 * As root the minimum of isolation is required; as an ordinary user a run gets what the machine gives, down to a session
 * and resource limits, and `fingerprint()` says what is missing.
 */
export class ProcessDriver extends RuntimeDriver {
  readonly kind = "process";
  readonly #options: Required<ProcessDriverOptions>;
  #fingerprint: Promise<Fingerprint> | undefined;
  /** By id; an entry is about one start of that id. */
  readonly #known = new Map<string, KnownRun>();

  constructor(options: ProcessDriverOptions = {}) {
    super();
    this.#options = { controlGroup: "bastide", tools: findTools(), ...options };
  }

  async fingerprint(): Promise<IsolationFacts> {
    return (await this.#machine()).facts;
  }

  async start(spec: RunSpec): Promise<RunHandle> {
    const { machine, facts } = await this.#machine();
    requireMinimum(machine, facts);
    checkSpec(spec, machine.asRoot);
    const { handle, own } = await startRun(spec, machine);
    this.#known.set(spec.id, { handle, own });
    return handle;
  }

  override async find(id: string, stateDirectory: string): Promise<RunHandle | undefined> {
    const identity = readProcessFile(stateDirectory);
    if (identity === undefined) return undefined;
    const { pid, startTicks, bootId } = identity;
    return { driver: this.kind, id, pid, startTicks, bootId, stateDirectory };
  }

  async isRunning(handle: RunHandle): Promise<boolean> {
    const trace = traceOf(handle);
    return trace !== undefined && anyAlive(trace);
  }

  async waitForExit(handle: RunHandle, signal: AbortSignal): Promise<ExitStatus> {
    const own = this.#knownRun(handle).own;
    if (own === undefined) await waitForAdopted(handle, signal);
    else await own.wait(signal);
    return this.#settle(handle);
  }

  async stop(handle: RunHandle, graceMs: number): Promise<ExitStatus> {
    const trace = traceOf(handle);
    const main = trace === undefined ? undefined : mainProcess(trace);
    if (main !== undefined && signalProcess(main, "SIGTERM")) {
      const grace = AbortSignal.timeout(graceMs);
      const ended = await this.waitForExit(handle, grace).catch(whenAborted(grace));
      if (ended !== undefined) return ended;
    }
    return this.#settle(handle);
  }

  async execute(
    handle: RunHandle,
    command: readonly string[],
    options: { readonly timeoutMs: number; readonly maxOutputBytes: number },
  ): Promise<{ readonly exit: ExitStatus; readonly output: string; readonly timedOut: boolean }> {
    const { machine } = await this.#machine();
    const record = readRecord(handle.stateDirectory);
    const trace = traceOf(handle);
    const main = trace === undefined ? undefined : mainProcess(trace);
    if (record === undefined || main === undefined) {
      throw new RuntimeError("not-running", `Run ${handle.id} is not running`);
    }
    return executeInside(machine, record, main, command, options);
  }

  async runOnce(spec: RunSpec, signal: AbortSignal): Promise<ExitStatus> {
    signal.throwIfAborted();
    const handle = await this.start(spec);
    try {
      return await this.waitForExit(handle, signal);
    } catch (error) {
      await this.#settle(handle);
      throw error;
    } finally {
      await this.release(handle);
    }
  }

  async usage(handle: RunHandle): Promise<Usage | undefined> {
    const trace = traceOf(handle);
    if (trace === undefined || !anyAlive(trace)) return undefined;
    return usageOf(trace);
  }

  async release(handle: RunHandle): Promise<void> {
    const record = readRecord(handle.stateDirectory);
    await removeControlGroups(record?.controlGroups ?? []);
    await removeStateFiles(handle.stateDirectory);
    if (this.#knownRun(handle) === this.#known.get(handle.id)) this.#known.delete(handle.id);
  }

  /** The group that holds the runs' groups: the kernel keeps it where another agent still has runs in it. */
  override async leave(): Promise<void> {
    const { machine } = await this.#machine();
    await Promise.all(
      machine.hierarchies.map(({ directory }) => rmdir(directory).catch(() => undefined)),
    );
    this.#fingerprint = undefined;
  }

  #machine(): Promise<Fingerprint> {
    this.#fingerprint ??= this.#tryFingerprint();
    return this.#fingerprint;
  }

  async #tryFingerprint(): Promise<Fingerprint> {
    try {
      return await fingerprint(this.#options.controlGroup, this.#options.tools);
    } catch (error) {
      this.#fingerprint = undefined;
      throw error;
    }
  }

  /** Kills whatever is left and says how the run ended; the same answer to all who ask while it does. */
  #settle(handle: RunHandle): Promise<ExitStatus> {
    const known = this.#knownRun(handle);
    known.settling ??= this.#end(handle, known).catch((error: unknown) => {
      known.settling = undefined;
      throw error;
    });
    return known.settling;
  }

  /** What we remember of this very start; nothing of an earlier one under the same id. */
  #knownRun(handle: RunHandle): KnownRun {
    const known = this.#known.get(handle.id);
    if (known !== undefined && isSameStart(known.handle, handle)) return known;
    const fresh: KnownRun = { handle };
    if (known === undefined) this.#known.set(handle.id, fresh);
    return fresh;
  }

  async #end(handle: RunHandle, known: KnownRun): Promise<ExitStatus> {
    const trace = traceOf(handle);
    if (trace !== undefined) await killRun(trace);
    const { exitCode } = readStatus(handle.stateDirectory);
    const seen = await known.own?.ended;
    const exit = exitCode === undefined ? (seen ?? {}) : fromExitCode(exitCode);
    const outOfMemory = wasKilledForMemory(trace?.controlGroups ?? []);
    return outOfMemory ? { ...exit, outOfMemory } : exit;
  }
}

function isSameStart(one: RunHandle, other: RunHandle): boolean {
  return (
    one.pid === other.pid && one.startTicks === other.startTicks && one.bootId === other.bootId
  );
}

/** Undefined where the handle is of another boot: nothing of the run can be alive. */
function traceOf(handle: RunHandle): RunTrace | undefined {
  if (handle.bootId !== currentBootId()) return undefined;
  const record = readRecord(handle.stateDirectory);
  return {
    id: handle.id,
    outer: handle,
    init: record?.init ?? initOf(handle),
    sandboxed: record?.sandboxed ?? true,
    controlGroups: record?.controlGroups ?? [],
  };
}

/** Without a record the pid in the status file counts only while its parent lives: it may be another's by now. */
function initOf(handle: RunHandle): ProcessIdentity | undefined {
  const { initPid } = readStatus(handle.stateDirectory);
  const init = initPid === undefined ? undefined : statOf(initPid);
  return init?.parent === handle.pid && isAlive(handle) ? init : undefined;
}

/** Undefined where it was our own patience that ended. */
function whenAborted(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (!signal.aborted) throw error;
    return undefined;
  };
}
