import type { LeaseCommand } from "../leases/lease-command.ts";
import type { SeedCommand } from "../leases/seeder.ts";
import type { PromiseAnswer, RegrantAnswer, VoterRecord } from "../leases/voter.ts";

/** What guards say to one another; a transport may lose, repeat, delay and reorder it. */
export type GuardMessage =
  | {
      readonly kind: "promise-ask";
      readonly lease: string;
      readonly epoch: number;
      /** The set of candidates of which the asker needs a majority; who knows another one doesn't answer. */
      readonly voters: readonly string[];
    }
  | {
      readonly kind: "promise-answer";
      readonly lease: string;
      readonly epoch: number;
      readonly answer: PromiseAnswer;
    }
  | {
      readonly kind: "regrant-ask";
      readonly lease: string;
      readonly epoch: number;
      readonly voters: readonly string[];
      readonly askedAtMs: number;
    }
  | {
      readonly kind: "regrant-answer";
      readonly lease: string;
      readonly epoch: number;
      readonly askedAtMs: number;
      readonly answer: RegrantAnswer;
    }
  | { readonly kind: "seed-ask"; readonly floor: number }
  | { readonly kind: "seed-answer"; readonly floor: number; readonly wasPromised: boolean };

/** What a guard asks of the lease store or, to seed it, of the truth; the answer goes back with the ask. */
export type StoreAsk =
  | {
      readonly kind: "lease";
      readonly lease: string;
      readonly command: Extract<
        LeaseCommand,
        { readonly kind: "acquire" | "renew" | "release" | "read-seed" }
      >;
    }
  | {
      readonly kind: "seed";
      readonly command: Exclude<SeedCommand, { readonly kind: "seed-ask-promises" }>;
    }
  | { readonly kind: "poll-seed" };

export type GuardEffect =
  | { readonly kind: "send"; readonly to: string; readonly message: GuardMessage }
  | { readonly kind: "ask"; readonly ask: StoreAsk }
  /** To be on disk before any effect that comes after it is carried out. */
  | { readonly kind: "save"; readonly record: GuardRecord };

/** What a guard must find again after a restart. */
export interface GuardRecord {
  readonly votes: Readonly<Record<string, VoterRecord>>;
  readonly knownEpochs: Readonly<Record<string, number>>;
}

export const EMPTY_GUARD_RECORD: GuardRecord = { votes: {}, knownEpochs: {} };
