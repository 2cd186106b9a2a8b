import { exitCodeOf, type ExitReason } from "./exit-codes.ts";

/** A command cannot do what was asked: the fact in `message`, what to do in `fix`. Shown without a stack. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly reason: ExitReason;
  readonly fix: string | undefined;
  /** More lines to show below the message, such as the last log lines. */
  readonly details: readonly string[];

  constructor(
    reason: ExitReason,
    message: string,
    more: { fix?: string; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.reason = reason;
    this.fix = more.fix;
    this.details = more.details ?? [];
  }

  get exitCode(): number {
    return exitCodeOf(this.reason);
  }
}

/** The error code of a failed system call (`ENOENT`), when it is one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
