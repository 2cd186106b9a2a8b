import {
  type Acquisition,
  type FencedWrite,
  type LeaseGrant,
  type LeaseRecord,
  type LeaseRequest,
  LeaseStore,
  type Renewal,
} from "../leases/lease-store.ts";
import { LeaseTable } from "./lease-table.ts";
import type { WakingClock } from "./manual-clock.ts";

const isSame = (a: LeaseRecord | undefined, b: LeaseRecord | undefined): boolean =>
  a?.epoch === b?.epoch && a?.holder === b?.holder;

/** A lease store in memory: what the others are compared with. Several holders of one process share one. */
export class MemoryLeaseStore extends LeaseStore {
  readonly #table = new LeaseTable();
  readonly #clock: WakingClock;
  readonly #watchers = new Set<() => void>();

  constructor(clock: WakingClock) {
    super();
    this.#clock = clock;
  }

  override async tryAcquire(request: LeaseRequest, signal: AbortSignal): Promise<Acquisition> {
    return this.#changed(signal, (nowMs) => this.#table.tryAcquire(request, nowMs));
  }

  override async renew(grant: LeaseGrant, signal: AbortSignal): Promise<Renewal> {
    return this.#changed(signal, (nowMs) => this.#table.renew(grant, nowMs));
  }

  override async release(grant: LeaseGrant, signal: AbortSignal): Promise<void> {
    this.#changed(signal, (nowMs) => this.#table.release(grant, nowMs));
  }

  override async read(name: string, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    signal.throwIfAborted();
    return this.#table.read(name, this.#clock.bootTimeMs());
  }

  override async *watch(
    name: string,
    signal: AbortSignal,
  ): AsyncGenerator<LeaseRecord | undefined, void, undefined> {
    let last: LeaseRecord | undefined;
    let isFirst = true;
    while (!signal.aborted) {
      const record = this.#table.read(name, this.#clock.bootTimeMs());
      if (isFirst || !isSame(record, last)) {
        isFirst = false;
        last = record;
        yield record;
      } else {
        await this.#nextChange(name, signal);
      }
    }
  }

  override async writeFenced(
    grant: LeaseGrant,
    key: string,
    value: string,
    signal: AbortSignal,
  ): Promise<FencedWrite> {
    signal.throwIfAborted();
    return this.#table.writeFenced(grant, key, value, this.#clock.bootTimeMs());
  }

  override async readValue(key: string, signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted();
    return this.#table.readValue(key);
  }

  #changed<T>(signal: AbortSignal, step: (nowMs: number) => T): T {
    signal.throwIfAborted();
    const result = step(this.#clock.bootTimeMs());
    for (const wake of this.#watchers) wake();
    return result;
  }

  /** Resolves when something was asked of the table, when the lease ends of itself, or when the signal aborts. */
  async #nextChange(name: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = new AbortController();
    this.#watchers.add(resolve);
    signal.addEventListener("abort", () => resolve(), { signal: timer.signal });
    const nowMs = this.#clock.bootTimeMs();
    const endsAtMs = this.#table.endsAtMs(name, nowMs);
    if (endsAtMs !== undefined)
      this.#clock.sleep(endsAtMs - nowMs, timer.signal).then(resolve, () => undefined);
    await promise;
    this.#watchers.delete(resolve);
    timer.abort();
  }
}
