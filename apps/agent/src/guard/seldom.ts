import type { Journal } from "../journal/journal.ts";

const EVERY_MS = 10_000;

/**
 * Says the same at most once in some seconds, with how often it was not said since: what somebody else can bring about,
 * or what every look finds anew, must not fill the disk. Its messages are fixed texts, so that there are few.
 */
export class Seldom {
  readonly #journal: Journal;
  readonly #said = new Map<string, { atMs: number; unsaid: number }>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  warn(
    message: string,
    details: Readonly<Record<string, unknown>>,
    nowMs = performance.now(),
  ): void {
    const before = this.#said.get(message);
    if (before !== undefined && nowMs - before.atMs < EVERY_MS) {
      before.unsaid += 1;
      return;
    }
    this.#said.set(message, { atMs: nowMs, unsaid: 0 });
    this.#journal.warn(message, before?.unsaid ? { ...details, unsaid: before.unsaid } : details);
  }
}
