import type { Entry } from "../control/entry.ts";

type Entries = ReadonlyMap<string, Entry>;

/** How long an id must be missing. A file that is written in place is empty for a moment. */
const MISSING_MS = 1_000;

/** Keeps what was revoked so until it has been missing from its file for a while: a glimpse of half a file frees nobody. */
export class HeldRevocations {
  readonly #now: () => number;
  readonly #missingSince = new Map<string, number>();

  /** `now`: milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What is to be in force, and after how many milliseconds to look again, where something is held. */
  hold(before: Entries, read: Entries): { readonly entries: Entries; readonly againMs?: number } {
    for (const key of this.#missingSince.keys())
      if (read.has(key) || !before.has(key)) this.#missingSince.delete(key);
    const held = [...before].filter(([key]) => this.#isHeld(key, read));
    if (held.length === 0) return { entries: read };
    return { entries: new Map([...read, ...held]), againMs: MISSING_MS };
  }

  #isHeld(key: string, read: Entries): boolean {
    if (!key.startsWith("revocation/") || read.has(key)) return false;
    const since = this.#missingSince.get(key) ?? this.#now();
    this.#missingSince.set(key, since);
    return this.#now() - since < MISSING_MS;
  }
}
