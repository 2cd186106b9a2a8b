/** How a run ended, as a driver says it. */
export interface Ending {
  readonly code?: number;
  readonly signal?: string;
  readonly outOfMemory?: boolean;
}

const MIB = 1024 * 1024;

/** The fact and the fix of an end that nobody asked for. */
export function explainEnding(ending: Ending, memoryLimitBytes: number | undefined): string {
  if (ending.outOfMemory === true) return explainMemory(memoryLimitBytes);
  if (ending.signal !== undefined) return `It was ended by ${ending.signal}.`;
  if (ending.code === undefined) return "It ended while nobody could see how.";
  if (ending.code === 127)
    return "It ended with code 127: its command was not found. Check the process's command.";
  if (ending.code === 0) return "It ended with code 0; a process is expected to go on running.";
  return `It ended with code ${ending.code}.`;
}

function explainMemory(limitBytes: number | undefined): string {
  const limit = limitBytes === undefined ? "" : ` of ${Math.round(limitBytes / MIB)} MiB`;
  return `The kernel ended it at its memory limit${limit}. Raise limits.memoryMb in bastide.yaml, or use less.`;
}
