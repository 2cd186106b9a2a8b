/** One command of a build. */
export interface SandboxCommand {
  /** Argument array; the first is an absolute path inside the sandbox, or found on PATH there. */
  readonly command: readonly string[];
  /** Host directory shown writable at `/build`, where the command runs. */
  readonly directory: string;
  /** Host directory shown writable at `/cache`: HOME, and what package managers downloaded, kept for the project's next build. */
  readonly cacheDirectory: string;
  /** The whole environment but PATH's platform part: nothing of the host's is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes each line of standard output and error as it comes, without its line break. */
  readonly log: (line: string) => void;
  /** Aborted: kill everything that the command started, then reject with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Port: runs one command of a build away from everything else on the node: own user where possible, resource limits,
 * standard input empty, network allowed. Node is shown at `/opt/bastide/node`, npm at `/opt/bastide/npm`.
 * Both directories belong to the caller; an adapter with a user of its own gives them to that user first.
 * Commands of one build come one after the other, those of several builds at once.
 */
export abstract class BuildSandbox {
  /** Resolves with the exit code (128 + the signal's number for a killed one) when no process of the command is left. */
  abstract run(command: SandboxCommand): Promise<number>;
}
