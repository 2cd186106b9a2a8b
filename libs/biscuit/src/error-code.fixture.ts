import { BiscuitError } from "./errors/biscuit-error.ts";
import type { BiscuitErrorCode } from "./errors/codes.ts";

/** The code of the error that `run` throws, or "no error". Anything but a `BiscuitError` is thrown on. */
export function codeOf(run: () => unknown): BiscuitErrorCode | "no error" {
  return errorOf(run)?.code ?? "no error";
}

export function errorOf(run: () => unknown): BiscuitError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof BiscuitError) return error;
    throw error;
  }
}
