import { reasonOf } from "../journal/reason.ts";

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

export const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";

const FULL_CODES: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "disk-full"]);
const FULL_WORDS = /no space left on device|disk quota exceeded/i;

/** Tools that we start say it in words (in the C locale), system calls by code. */
export const isDiskFull = (error: unknown): boolean =>
  FULL_CODES.has(codeOf(error)) || FULL_WORDS.test(reasonOf(error));

/** The fact and the fix of a failed write, as a report shows it. */
export function explainFileError(error: unknown, directory: string): string {
  if (!isDiskFull(error)) return reasonOf(error);
  return `The disk that holds ${directory} is full; nothing was left half written. Free space there: it is tried again by itself.`;
}
