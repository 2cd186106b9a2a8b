import { BuilderError } from "../builder-error.ts";

/** One thing wrong in a manifest. */
export interface ManifestProblem {
  /** Where: `processes.web.command`; "" for the whole file. */
  readonly path: string;
  /** The fact, and the fix where there is one. */
  readonly message: string;
  /** Counted from 1. */
  readonly line?: number | undefined;
}

/** Every problem of a manifest at once; the message has one line for each, with the file's name and line number. */
export class ManifestError extends BuilderError {
  override readonly name = "ManifestError";
  readonly problems: readonly ManifestProblem[];

  constructor(fileName: string, problems: readonly ManifestProblem[]) {
    const lines = problems.map(({ line, message }) =>
      line === undefined ? `${fileName}: ${message}` : `${fileName}:${line}: ${message}`,
    );
    super("invalid-manifest", lines.join("\n"));
    this.problems = problems;
  }
}
