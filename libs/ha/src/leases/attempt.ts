import type { LeaseGrant } from "./lease-store.ts";

/** A grant that does not count yet. */
export interface Attempt {
  readonly grant: LeaseGrant;
  storeEndMs: number;
  /** The store's seed was read after the grant, and the grant is of the store's present life. */
  isConfirmed: boolean;
  hasAsked: boolean;
  /** When seed or promises were asked for last. */
  askedMs: number;
  /** Of each candidate that promised: from when on nothing that it had re-granted is acted on. */
  readonly promises: Map<string, number>;
}

export const beganAttempt = (grant: LeaseGrant, storeEndMs: number, nowMs: number): Attempt => ({
  grant,
  storeEndMs,
  isConfirmed: false,
  hasAsked: false,
  askedMs: nowMs,
  promises: new Map(),
});
