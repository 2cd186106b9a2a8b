/**
 * Runs a task per key, never two at a time for one key and at most `concurrency` in all. A key asked for while its
 * task runs is run once more afterwards, however often it was asked for: tasks read the state afresh.
 */
export class KeyedQueue<Key> {
  readonly #run: (key: Key) => Promise<void>;
  readonly #concurrency: number;
  /** In the order of asking; a key is here at most once. */
  readonly #waiting = new Set<Key>();
  readonly #running = new Set<Key>();
  #idle: (() => void)[] = [];
  #isStopped = false;

  /** `run` must not reject. */
  constructor(run: (key: Key) => Promise<void>, concurrency: number) {
    this.#run = run;
    this.#concurrency = concurrency;
  }

  push(key: Key): void {
    if (this.#isStopped) return;
    this.#waiting.add(key);
    this.#next();
  }

  /** Resolves when nothing runs or waits. */
  idle(): Promise<void> {
    if (this.#running.size === 0 && this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Takes nothing more; resolves when what runs is done. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting.clear();
    return this.idle();
  }

  #next(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#concurrency) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key).finally(() => this.#done(key));
    }
  }

  #done(key: Key): void {
    this.#running.delete(key);
    this.#next();
    if (this.#running.size > 0 || this.#waiting.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle = [];
  }
}
