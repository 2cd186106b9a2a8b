import { closeSync, openSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

/** A restart of the gateway is no reason to forget for how long the control plane has been silent. */
const WRITE_EVERY_MS = 5_000;

/** Keeps on disk, as a file's time of change, when the control plane was last heard of. */
export class LastHeard {
  readonly #file: string;
  readonly #timeOfDay: () => number;
  #writtenMs = 0;

  constructor(directory: string, timeOfDay: () => number) {
    this.#file = join(directory, "heard");
    this.#timeOfDay = timeOfDay;
  }

  /** Infinity when it never was. A time that is yet to come says nothing: the clock was set back. */
  agoMs(): number {
    const atMs = statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    const agoMs = this.#timeOfDay() - atMs;
    return agoMs >= 0 ? agoMs : Infinity;
  }

  /** It was heard just now. Where that cannot be written it is forgotten at the next start, and routes stay closed longer. */
  now(): void {
    const nowMs = this.#timeOfDay();
    if (Math.abs(nowMs - this.#writtenMs) < WRITE_EVERY_MS) return;
    this.#writtenMs = nowMs;
    try {
      closeSync(openSync(this.#file, "a", 0o600));
      utimesSync(this.#file, nowMs / 1000, nowMs / 1000);
    } catch {
      // A full disk must not stop the table from being followed.
    }
  }
}
