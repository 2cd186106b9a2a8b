/** One command of a terminal session as a document shows it, with the lines that it printed. */
export interface Step {
  readonly command: string;
  readonly lines: readonly string[];
}

/** The steps of a session: each begins with a line `$ command`. */
export function stepsOf(session: string): Step[] {
  const steps: { command: string; lines: string[] }[] = [];
  for (const line of session.split("\n"))
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), lines: [] });
    else if (line !== "") steps.at(-1)?.lines.push(line);
  return steps;
}

/** What differs from run to run and from machine to machine, the longer kinds before those that they contain. */
const CHANGING: readonly (readonly [pattern: RegExp, mask: string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+Z)?/g, "<time>"],
  [/\b\d+(\.\d+)? s\b/g, "<seconds>"],
  // What an instance uses is known only some time after its start.
  [/ {2,}\d+(\.\d+)? [kMG]?B(?= {2,})/g, ""],
  [/\b\d+(\.\d+)? [kMG]?B\b/g, "<size>"],
  [/\b[0-9a-f]{12}\b/g, "<id>"],
  [/^(\w+)\.[0-9a-f]{4} /, "$1.<id> "],
  [/:\d{4,5}\b/g, ":<port>"],
  [/\b(system|embedded) \d+, /, "<engine>, "],
  [/\bsupervisor \d+/, "supervisor <pid>"],
  // A node's instances, CPUs and kernel, then a process's pid and restarts.
  [/\bready {2,}\d+ {2,}\d+ {2,}\S+ {2,}<time>/, "ready  <machine>  <time>"],
  [/ {2,}\d+ {2,}<time> {2,}\d+$/, "  <pid>  <time>  <restarts>"],
  // Columns are as wide as their widest cell.
  [/(?<=\S) {2,}/g, "  "],
  [/ +$/, ""],
];

export const masked = (line: string): string =>
  CHANGING.reduce((text, [pattern, mask]) => text.replace(pattern, mask), line);

/** What is said of something that lasts for more than a second, which depends on the machine. */
export const isStillGoing = (line: string): boolean => /^… .* so far$/.test(line);

/** Lines that are shown while something goes on: how they interleave depends on which event comes first. */
export const isProgress = (line: string): boolean => /^(✓| {4})/.test(line);
