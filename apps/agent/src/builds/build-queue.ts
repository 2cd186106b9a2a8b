import { orAborted } from "../signals/or-aborted.ts";

interface Waiting {
  readonly begin: () => void;
}

/** Lets a bounded number of builds run at once; those that wait take turns by project, not by who asked most. */
export class BuildQueue {
  readonly #limit: number;
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs the task when its turn has come. Rejects with the signal's reason if it is aborted before. */
  async run<Result>(
    project: string,
    task: () => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    await this.#turn(project, signal);
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  async #turn(project: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { begin: resolve };
    const line = this.#waiting.get(project) ?? [];
    line.push(waiting);
    // At the end of the round, unless the project is in it already.
    this.#waiting.set(project, line);
    this.#next();
    try {
      await orAborted(promise, signal);
    } catch (error) {
      if (!this.#withdraw(project, waiting)) {
        this.#running -= 1;
        this.#next();
      }
      throw error;
    }
  }

  #next(): void {
    while (this.#running < this.#limit) {
      const [first] = this.#waiting;
      if (!first) return;
      const [project, line] = first;
      const begun = line.shift();
      this.#waiting.delete(project);
      if (line.length > 0) this.#waiting.set(project, line);
      this.#running += 1;
      begun?.begin();
    }
  }

  #withdraw(project: string, waiting: Waiting): boolean {
    const line = this.#waiting.get(project) ?? [];
    const index = line.indexOf(waiting);
    if (index < 0) return false;
    line.splice(index, 1);
    if (line.length === 0) this.#waiting.delete(project);
    return true;
  }
}
