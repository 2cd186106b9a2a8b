import type {
  Acquisition,
  FencedWrite,
  LeaseGrant,
  LeaseRecord,
  LeaseRequest,
  Renewal,
} from "../leases/lease-store.ts";

interface Row {
  readonly epoch: number;
  /** Absent once released. */
  readonly holder: string | undefined;
  readonly endsAtMs: number;
}

/** What a lease store does, one step at a time, by a clock that is told to it. */
export class LeaseTable {
  readonly #rows = new Map<string, Row>();
  readonly #values = new Map<string, string>();

  tryAcquire({ name, holder, ttlMs, aboveEpoch }: LeaseRequest, nowMs: number): Acquisition {
    const record = this.read(name, nowMs);
    if (record?.holder !== undefined && record.holder !== holder) return { kind: "held", record };
    const epoch = Math.max(record?.epoch ?? 0, aboveEpoch) + 1;
    const grant: LeaseGrant = { name, holder, epoch, ttlMs };
    this.put(grant, nowMs);
    return { kind: "granted", grant };
  }

  renew(grant: LeaseGrant, nowMs: number): Renewal {
    if (!this.#isPresent(grant, nowMs)) return { kind: "lost" };
    this.put(grant, nowMs);
    return { kind: "renewed" };
  }

  /** Writes the grant down without looking at what is there: each step above looks first. */
  protected put({ name, epoch, holder, ttlMs }: LeaseGrant, nowMs: number): void {
    this.#rows.set(name, { epoch, holder, endsAtMs: nowMs + ttlMs });
  }

  release(grant: LeaseGrant, nowMs: number): void {
    if (this.#isPresent(grant, nowMs))
      this.#rows.set(grant.name, { epoch: grant.epoch, holder: undefined, endsAtMs: nowMs });
  }

  read(name: string, nowMs: number): LeaseRecord | undefined {
    const row = this.#rows.get(name);
    if (row === undefined) return undefined;
    const { epoch, holder, endsAtMs } = row;
    return holder === undefined || endsAtMs <= nowMs ? { name, epoch } : { name, epoch, holder };
  }

  writeFenced(grant: LeaseGrant, key: string, value: string, nowMs: number): FencedWrite {
    if (!this.#isPresent(grant, nowMs))
      return {
        kind: "fenced",
        record: this.read(grant.name, nowMs) ?? { name: grant.name, epoch: 0 },
      };
    this.#values.set(key, value);
    return { kind: "written" };
  }

  readValue(key: string): string | undefined {
    return this.#values.get(key);
  }

  /** When the lease ends of itself; undefined while nobody holds it. */
  endsAtMs(name: string, nowMs: number): number | undefined {
    const row = this.#rows.get(name);
    return row?.holder === undefined || row.endsAtMs <= nowMs ? undefined : row.endsAtMs;
  }

  #isPresent({ name, holder, epoch }: LeaseGrant, nowMs: number): boolean {
    const record = this.read(name, nowMs);
    return record?.epoch === epoch && record.holder === holder;
  }
}
