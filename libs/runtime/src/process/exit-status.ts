import { constants } from "node:os";
import type { ExitStatus } from "../driver.ts";

const SIGNAL_NAMES = new Map<number, string>(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/** An exit code of 128 + n is how the sandbox's init reports that signal n ended the command (as shells do). */
export function fromExitCode(code: number): ExitStatus {
  const signal = SIGNAL_NAMES.get(code - 128);
  return signal === undefined ? { code } : { code, signal };
}

/** What the parent saw of a process. */
export function fromChild(code: number | null, signal: NodeJS.Signals | null): ExitStatus {
  if (signal !== null) return { signal };
  return code === null ? {} : fromExitCode(code);
}
