/** What a store holds under a lease's name. */
export interface LeaseRecord {
  readonly name: string;
  /**
   * The fencing token: it grows by one or more each time that the lease is granted, and never shrinks, not even when
   * the lease ends, so that whatever is protected refuses every earlier holder.
   */
  readonly epoch: number;
  /** Absent while nobody holds the lease. */
  readonly holder?: string;
}

/** A lease as its holder knows it. */
export interface LeaseGrant {
  readonly name: string;
  readonly holder: string;
  readonly epoch: number;
  /** The store ends the lease this long after the last renewal that it carried out. */
  readonly ttlMs: number;
}

export interface LeaseRequest {
  readonly name: string;
  readonly holder: string;
  readonly ttlMs: number;
  /** The granted epoch is greater than this too: the highest one on record elsewhere, 0 when there is none. */
  readonly aboveEpoch: number;
}

export type Acquisition =
  | { readonly kind: "granted"; readonly grant: LeaseGrant }
  | { readonly kind: "held"; readonly record: LeaseRecord };

export type Renewal =
  | { readonly kind: "renewed" }
  /** Somebody else was granted it since, or the store ended it: it cannot come back under this epoch. */
  | { readonly kind: "lost" };

/** Whether a value protected by a lease was written. */
export type FencedWrite =
  | { readonly kind: "written" }
  /** The grant is not the lease's present one; nothing was written. */
  | { readonly kind: "fenced"; readonly record: LeaseRecord };

/**
 * Where leases are granted: memory, PostgreSQL or etcd. Every method may be called by many holders at once and is one
 * atomic step at the store. Each throws LeaseStoreUnavailable when the store gave no answer: whether the step was
 * taken is then unknown, and the caller must suppose the worse of both.
 *
 * A holder measures its time from before it asked, by a clock that counts while the machine sleeps, so that its lease
 * ends for it no later than at the store.
 */
export abstract class LeaseStore {
  /** Grants the lease unless another holds it. Asked by its present holder it is granted anew, under a new epoch. */
  abstract tryAcquire(request: LeaseRequest, signal: AbortSignal): Promise<Acquisition>;

  /** Prolongs the lease by its `ttlMs` if it is still this grant's. */
  abstract renew(grant: LeaseGrant, signal: AbortSignal): Promise<Renewal>;

  /** Gives the lease back if it is still this grant's; its epoch stays on record. */
  abstract release(grant: LeaseGrant, signal: AbortSignal): Promise<void>;

  /** The present record; undefined when the lease was never granted. */
  abstract read(name: string, signal: AbortSignal): Promise<LeaseRecord | undefined>;

  /** The present record and then each later one, the latest at least, until `signal` aborts. */
  abstract watch(name: string, signal: AbortSignal): AsyncIterable<LeaseRecord | undefined>;

  /** Writes `value` under `key` if the lease is still this grant's: compare and write are one step. */
  abstract writeFenced(
    grant: LeaseGrant,
    key: string,
    value: string,
    signal: AbortSignal,
  ): Promise<FencedWrite>;

  /** What was last written under `key`. */
  abstract readValue(key: string, signal: AbortSignal): Promise<string | undefined>;
}
