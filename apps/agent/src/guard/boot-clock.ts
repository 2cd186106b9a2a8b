import { openSync, readSync } from "node:fs";

/**
 * Milliseconds since the machine started, sleep included: /proc/uptime is CLOCK_BOOTTIME in steps of ten milliseconds.
 * It is read from the kernel, so that nothing in this process's environment can change what it says.
 */
export class BootClock {
  readonly #file = openSync("/proc/uptime", "r");
  readonly #buffer = Buffer.alloc(64);

  nowMs(): number {
    const length = readSync(this.#file, this.#buffer, 0, this.#buffer.length, 0);
    const seconds = Number.parseFloat(this.#buffer.toString("latin1", 0, length));
    if (Number.isFinite(seconds)) return Math.round(seconds * 1000);
    throw new Error("/proc/uptime does not say how long the machine has run");
  }
}
