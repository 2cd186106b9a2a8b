import { writeFileSync } from "node:fs";

const NICE = -10;

/** The command before others where there is too little CPU, and all that it starts; where we are not root, as it is. */
export const goingFirst = (command: readonly string[]): string[] =>
  process.getuid?.() === 0 ? ["nice", "-n", `${NICE}`, ...command] : [...command];

/**
 * The same for its session, which Linux weighs first where it groups by sessions: sched(7), "The autogroup feature".
 * `pid` is one that has a session of its own.
 */
export function sessionGoesFirst(pid: number | undefined): void {
  try {
    writeFileSync(`/proc/${pid ?? 0}/autogroup`, `${NICE}`);
  } catch {
    // Not root, or a kernel that does not group, or it has ended already.
  }
}
