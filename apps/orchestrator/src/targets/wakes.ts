import { Injectable } from "@nestjs/common";
import type { TargetKey } from "./target.ts";

/** Tells whoever reconciles that something about a target changed. Says nothing of what: the state is read afresh. */
@Injectable()
export class Wakes {
  readonly #listeners = new Set<(key: TargetKey) => void>();

  wake(keys: Iterable<TargetKey>): void {
    for (const key of keys) for (const listener of this.#listeners) listener(key);
  }

  /** Returns how to stop listening. */
  on(listener: (key: TargetKey) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
