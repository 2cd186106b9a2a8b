import type { Processes } from "./processes.ts";

/** "web: node server.js (2 instances)", one line per process. */
export function processLines(processes: Processes, from?: string): string[] {
  return Object.entries(processes).map(([name, spec]) => {
    const count = spec.instances === 1 ? "" : `, ${spec.instances} instances`;
    const source = from === undefined ? "" : ` (${from}${count})`;
    return `${name}: ${spec.command}${source}`;
  });
}

export const warningLines = (warnings: readonly string[]): string[] =>
  warnings.map((warning) => `warning: ${warning}`);
