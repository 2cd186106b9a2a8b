/** The closed set of things that go wrong between a source and its artefact. Those that the API answers share its codes. */
export type BuilderErrorCode =
  | "invalid-manifest"
  | "no-application"
  | "unsafe-archive"
  | "too-large"
  | "build-failed"
  | "build-timeout"
  | "disk-full"
  | "digest-mismatch"
  | "blob-not-found";

/** What every function of this library throws for input or a machine that is at fault; anything else is a defect of ours. */
export class BuilderError extends Error {
  override readonly name: string = "BuilderError";
  readonly code: BuilderErrorCode;

  constructor(code: BuilderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const errorCode = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

/** Whether a system call failed with one of these codes (`ENOENT`, `ENOSPC` …). */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.some((code) => errorCode(error) === code);

/** Turns "no space left" and "quota exceeded" into `disk-full` naming where; gives any other error back as it is. */
export function namingFullDisk(error: unknown, path: string): unknown {
  if (!hasCode(error, "ENOSPC", "EDQUOT")) return error;
  return new BuilderError(
    "disk-full",
    `The disk that holds ${path} is full; nothing was kept of what was being written. Free some space there, then try again.`,
    { cause: error },
  );
}
