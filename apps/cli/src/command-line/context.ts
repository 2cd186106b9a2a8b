import type { Output } from "../output/output.ts";

/** What a command gets of its surroundings. Nothing below reads `process` for these. */
export interface Context {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly stdin: NodeJS.ReadStream;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The clone or installation this command is part of. */
  readonly installation: string;
}
