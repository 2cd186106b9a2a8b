/** How long requests and retries count, and in how many parts they are forgotten. */
const WINDOW_MS = 10_000;
const PARTS = 10;
const PART_MS = WINDOW_MS / PARTS;

interface Part {
  number: number;
  requests: number;
  retries: number;
}

/** Counts one route's requests and retries of the last ten seconds, so that retries stay a small share of them. */
export class RetryBudget {
  readonly #parts: Part[] = [];

  /** A request came. */
  request(nowMs: number): void {
    this.#now(nowMs).requests += 1;
  }

  /** Whether one more retry is within `percent` of the requests, rounded up; if so it is counted. */
  tryRetry(percent: number, nowMs: number): boolean {
    const present = this.#now(nowMs);
    let requests = 0;
    let retries = 0;
    for (const part of this.#parts) {
      requests += part.requests;
      retries += part.retries;
    }
    if (retries + 1 > Math.ceil((requests * percent) / 100)) return false;
    present.retries += 1;
    return true;
  }

  #now(nowMs: number): Part {
    const number = Math.floor(nowMs / PART_MS);
    while (this.#parts[0] !== undefined && this.#parts[0].number <= number - PARTS)
      this.#parts.shift();
    const last = this.#parts.at(-1);
    if (last?.number === number) return last;
    const fresh = { number, requests: 0, retries: 0 };
    this.#parts.push(fresh);
    return fresh;
  }
}
