import type { LeaseGrant, LeaseRequest } from "./lease-store.ts";

/** What a holder wants asked. Each answer goes back to it with what the command says of itself. */
export type LeaseCommand =
  | { readonly kind: "acquire"; readonly request: LeaseRequest; readonly askedAtMs: number }
  | { readonly kind: "renew"; readonly grant: LeaseGrant; readonly askedAtMs: number }
  | { readonly kind: "release"; readonly grant: LeaseGrant }
  | { readonly kind: "read-seed"; readonly epoch: number }
  | { readonly kind: "ask-promises"; readonly epoch: number }
  | { readonly kind: "ask-regrants"; readonly epoch: number; readonly askedAtMs: number };

export interface LeaseSettings {
  readonly name: string;
  /** Who asks: unique to a node, and its alone to use. */
  readonly holder: string;
  readonly ttlMs: number;
  readonly renewEveryMs: number;
  readonly retryEveryMs: number;
  /** The nodes that vote on the lease while its store is gone; with fewer than three the holder stops then. */
  readonly voters: readonly string[];
}
