/** A host directory or file shown inside the sandbox. Nothing of the host is visible but the base system and these. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

export interface RunLimits {
  readonly memoryBytes: number;
  /** Thousandths of one core. */
  readonly cpuMillis: number;
  /** Its share while there is not enough CPU for all, beside 100 for each other run; 1 to 10,000. Default: 100. */
  readonly cpuWeight?: number | undefined;
  /** Processes and threads together. */
  readonly processes: number;
  readonly openFiles: number;
}

/** What a driver needs in order to run one thing; it makes no decision of its own. */
export interface RunSpec {
  /** Unique on this node and safe as a file name. */
  readonly id: string;
  /** Argument array; the first is looked up inside the sandbox. */
  readonly command: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute, inside the sandbox. */
  readonly workingDirectory: string;
  readonly mounts: readonly Mount[];
  /** The user and group that it runs as; only where the agent is root. */
  readonly uid?: number;
  /** Lets it listen below port 1024, where the agent is root: the one capability that any run ever keeps. */
  readonly lowPorts?: boolean;
  readonly limits: RunLimits;
  /** Host files opened for append; the same path twice is allowed. */
  readonly stdout: string;
  readonly stderr: string;
  /** A directory of the driver's own for this run, on the host: status files, nothing of the tenant's. */
  readonly stateDirectory: string;
}

/** Enough to find a run again after the agent's restart: plain JSON, kept on disk by the caller. */
export interface RunHandle {
  readonly driver: string;
  readonly id: string;
  readonly pid: number;
  /** Clock ticks after boot at which the process started: with the pid, an identity that is never reused. */
  readonly startTicks: number;
  /** The host's boot that the two belong to. */
  readonly bootId: string;
  readonly stateDirectory: string;
}

/**
 * How a run ended; nothing is there when nobody could see it. Where a signal ended the command inside a sandbox, both
 * are there: `code` is then 128 + its number, as shells have it.
 */
export interface ExitStatus {
  readonly code?: number;
  readonly signal?: string;
  /** The kernel killed at least one process of the run at its memory limit. */
  readonly outOfMemory?: boolean;
}

export interface Usage {
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly processes: number;
}

export type LimitMechanism = "cgroup-v2" | "cgroup-v1" | "rlimit" | "none";

/** What this driver gives on this machine, found out by trying and not by guessing. */
export interface IsolationFacts {
  readonly ownUid: boolean;
  readonly namespaces: readonly string[];
  readonly seccomp: boolean;
  readonly noNewPrivileges: boolean;
  /** None in any of the five sets of capabilities(7): none held, and none to be had. */
  readonly noCapabilities: boolean;
  readonly memoryLimit: LimitMechanism;
  readonly cpuLimit: LimitMechanism;
  readonly processLimit: LimitMechanism;
  /** What is missing, and how to get it: one sentence each. */
  readonly missing: readonly string[];
}

/**
 * Port: runs things on this node. Called by the agent only, one call at a time per run, many runs at once.
 * A run outlives the caller: a driver never ties a run's life to its own. Every method is idempotent, and every
 * one but `start` and `runOnce` works on a handle made by an earlier process.
 */
export abstract class RuntimeDriver {
  abstract readonly kind: string;

  /** What isolation and limits runs get here. Cached after the first call. */
  abstract fingerprint(): Promise<IsolationFacts>;

  /**
   * Starts a run and returns when it has been given its limits and its sandbox, not when it is ready.
   * As root, throws RuntimeError `isolation-missing` if the machine cannot give the minimum.
   */
  abstract start(spec: RunSpec): Promise<RunHandle>;

  /**
   * The run that a caller started with this state directory and died before it could keep the handle; undefined if
   * there is none, which is all that drivers say that can't tell.
   */
  find(_id: string, _stateDirectory: string): Promise<RunHandle | undefined> {
    return Promise.resolve(undefined);
  }

  /** Whether any process of the run is alive. */
  abstract isRunning(handle: RunHandle): Promise<boolean>;

  /**
   * Resolves as soon as the run is over (at most 200 ms later for an adopted one), with no process of it left.
   * Rejects with the signal's reason when aborted; the run goes on.
   */
  abstract waitForExit(handle: RunHandle, signal: AbortSignal): Promise<ExitStatus>;

  /** Asks the run to end (SIGTERM to its main process), kills all of it after `graceMs`, resolves when nothing is left. */
  abstract stop(handle: RunHandle, graceMs: number): Promise<ExitStatus>;

  /** Runs a command inside a living run's sandbox, with its user, limits and environment: command promises, shells. */
  abstract execute(
    handle: RunHandle,
    command: readonly string[],
    options: { readonly timeoutMs: number; readonly maxOutputBytes: number },
  ): Promise<{ readonly exit: ExitStatus; readonly output: string; readonly timedOut: boolean }>;

  /** Runs to the end, as builds do; aborting kills all of it. */
  abstract runOnce(spec: RunSpec, signal: AbortSignal): Promise<ExitStatus>;

  /** Memory, CPU time and processes right now; undefined when the run is over. */
  abstract usage(handle: RunHandle): Promise<Usage | undefined>;

  /** Removes what the driver keeps of a run that is over (control groups, status files). */
  abstract release(handle: RunHandle): Promise<void>;

  /** Gives back what the driver made on this machine for all runs together; called when none runs, before the agent ends. */
  leave(): Promise<void> {
    return Promise.resolve();
  }
}

export type RuntimeErrorCode = "isolation-missing" | "start-failed" | "not-running";

export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
