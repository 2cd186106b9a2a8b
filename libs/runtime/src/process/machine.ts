import type { BasePart } from "./base-system.ts";
import type { Hierarchy } from "./control-groups.ts";
import type { Tools } from "./tools.ts";

/** How runs are made on this machine: what was found, and what turned out to work. */
export interface Machine {
  readonly asRoot: boolean;
  readonly tools: Tools;
  readonly base: readonly BasePart[];
  /** False where bubblewrap is missing or refused: runs then have a session and limits of their own, and no more. */
  readonly sandboxed: boolean;
  /** The system call filter; undefined where it can't be had. */
  readonly seccomp: Buffer | undefined;
  readonly hierarchies: readonly Hierarchy[];
  /** Whether RLIMIT_NPROC is counted per sandbox here. */
  readonly countsProcesses: boolean;
  /** Descriptors that this process was given and that runs must not get. */
  readonly strayDescriptors: readonly number[];
  /** Hard limit of this process, which nobody without CAP_SYS_RESOURCE may go above. */
  readonly maxOpenFiles: number;
}
