import type { ExitReason } from "./exit-codes.ts";
import { Failure, systemCode } from "./failure.ts";

const REASONS: Readonly<Record<number, ExitReason>> = {
  401: "refused",
  403: "refused",
  404: "notFound",
  409: "conflict",
  503: "unreachable",
};

const SYSTEM_FIXES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space (`df -h` shows where), then run this again",
  EACCES: "run this as the owner of that file, or as root",
  EPERM: "run this as the owner of that file, or as root",
  EROFS: "that file system is read-only: use another directory",
  EMFILE: "too many open files: raise the limit with `ulimit -n`",
};

/** By the error's name, so that no command needs a library only for `instanceof`. */
const BY_NAME: Readonly<Record<string, (error: Error) => Failure>> = {
  ApiError: explainProblem,
  ApiUnreachable: (error) =>
    new Failure("unreachable", error.message, {
      fix: "is the platform up? `bastide status` on its machine, `bastide up` to start it",
      cause: error,
    }),
  TimeoutError: (error) =>
    new Failure("unreachable", "the platform did not answer in time", {
      fix: "try again; `bastide status` shows how it is",
      cause: error,
    }),
  BuilderError: (error) => new Failure("failed", error.message, { cause: error }),
  ManifestError: (error) => new Failure("failed", error.message, { cause: error }),
  BiscuitError: (error) =>
    new Failure("refused", `the token is not valid: ${error.message}`, { cause: error }),
};

/** Turns an error into the fact and the fix. */
export function explain(error: unknown): Failure {
  if (!(error instanceof Error)) return new Failure("failed", String(error));
  return BY_NAME[error.name]?.(error) ?? explainSystem(error) ?? explainDefect(error);
}

function explainSystem(error: Error): Failure | undefined {
  const fix = SYSTEM_FIXES[systemCode(error) ?? ""];
  return fix === undefined
    ? undefined
    : new Failure("failed", error.message, { fix, cause: error });
}

function explainDefect(error: Error): Failure {
  const where = (error.stack ?? "").split("\n").slice(1, 4);
  return new Failure("failed", `${error.name}: ${error.message}`, {
    details: where.map((line) => line.trim()),
    fix: "this was not foreseen: please report it with these lines",
    cause: error,
  });
}

interface ProblemDocument {
  readonly status: number;
  readonly code: string;
  readonly errors?: readonly {
    readonly path: string;
    readonly message: string;
    readonly excerpt?: string;
  }[];
  readonly why?: readonly string[];
}

function explainProblem(error: Error & { problem?: ProblemDocument }): Failure {
  const { status, code, errors = [], why = [] } = error.problem ?? { status: 0, code: "unknown" };
  // A place in a text is of Datalog that the command line gave.
  const isDatalog = errors.some(({ excerpt }) => excerpt !== undefined);
  const fix = fixOf(status, isDatalog);
  return new Failure(
    isDatalog ? "usage" : (REASONS[status] ?? "failed"),
    `${error.message} (${code})`,
    {
      details: [
        ...errors.flatMap(({ path, message, excerpt }) => [
          `${path}: ${message}`,
          ...(excerpt?.split("\n") ?? []),
        ]),
        ...why,
      ],
      cause: error,
      ...(fix === undefined ? {} : { fix }),
    },
  );
}

function fixOf(status: number, isDatalog: boolean): string | undefined {
  if (isDatalog) return "docs/biscuit.md has the language in a page";
  return status === 401 ? "log in again: bastide login <url> --token-stdin" : undefined;
}
