import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/** Before what it guards, and before the control plane. */
export const FIRST = -10;

/**
 * How this process stands against others when there is too little CPU, by nice(1)'s numbers. Only root may go before
 * others; anybody else stays as it is. Linux weighs sessions first where it groups by them, and processes within one
 * only then: sched(7), "The autogroup feature". So this is for a process with a session of its own.
 */
export function stand(nice: number): void {
  try {
    setPriority(nice);
    writeFileSync("/proc/self/autogroup", `${nice}`);
  } catch {
    // Not root, or a kernel that does not group.
  }
}
