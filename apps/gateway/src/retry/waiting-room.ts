/** How many requests may wait at once: for one host, and for all. */
export interface WaitingLimits {
  readonly perHost: number;
  readonly total: number;
}

/** One request's wait. */
export interface Wait {
  readonly done: Promise<void>;
  /** Ends it early; nothing happens after its end. */
  readonly leave: () => void;
}

/** Where requests wait for an upstream: bounded, and woken together when something changed. */
export class WaitingRoom {
  readonly #limits: WaitingLimits;
  readonly #perHost = new Map<string, number>();
  readonly #wakes = new Set<() => void>();

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  /** How many wait now. */
  get size(): number {
    return this.#wakes.size;
  }

  /** Wakes everybody. */
  wake(): void {
    for (const wake of this.#wakes) wake();
  }

  /** Waits until woken, or for `timeoutMs`; undefined at once, without waiting, when the room is full. */
  tryWait(host: string, timeoutMs: number): Wait | undefined {
    const here = this.#perHost.get(host) ?? 0;
    if (here >= this.#limits.perHost || this.#wakes.size >= this.#limits.total) return undefined;
    this.#perHost.set(host, here + 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = () => {
      clearTimeout(timer);
      if (this.#wakes.delete(leave)) this.#left(host);
      resolve();
    };
    const timer = setTimeout(leave, timeoutMs);
    this.#wakes.add(leave);
    return { done: promise, leave };
  }

  #left(host: string): void {
    const here = (this.#perHost.get(host) ?? 1) - 1;
    if (here > 0) this.#perHost.set(host, here);
    else this.#perHost.delete(host);
  }
}
