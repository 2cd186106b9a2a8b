import type { SafetyRules } from "../safety-rules.ts";

/** What a voter must find again after a restart: it is saved before an answer leaves. */
export interface VoterRecord {
  /** The greatest epoch that the voter promised or re-granted. */
  readonly epoch: number;
  /** Whose that epoch is; absent after a promise to a store's seed. */
  readonly holder?: string;
}

export const NO_VOTE: VoterRecord = { epoch: 0 };

export type PromiseAnswer =
  /** No lower epoch is re-granted any more. An earlier re-grant may be acted on for `remainingMs` yet. */
  | { readonly kind: "promised"; readonly remainingMs: number }
  | { readonly kind: "refused"; readonly epoch: number };

export type RegrantAnswer =
  | { readonly kind: "regranted" }
  | { readonly kind: "refused"; readonly epoch: number };

/** An epoch is re-granted to its one holder, and not after a greater one was promised. */
export const mayRegrant = (record: VoterRecord, epoch: number, holder: string): boolean =>
  epoch > record.epoch ||
  (epoch === record.epoch && (record.holder === undefined || record.holder === holder));

/**
 * One candidate's vote on one lease, for the time in which the lease store does not answer its holder, be it gone, slow
 * or out of reach: a holder may go on while a majority of the lease's candidates re-grant its epoch, and a new holder begins only after a majority promised to
 * re-grant no lower epoch, and after what they had re-granted before has ended. Any two majorities share a candidate,
 * so that no two holders act at once, whatever the store forgot.
 */
export class Voter {
  readonly #rules: Pick<SafetyRules, "mayRegrant">;
  readonly #ttlMs: number;
  #record: VoterRecord;
  #regrantedUntilMs: number;
  #regrantedTo: string | undefined;

  /**
   * A voter that starts doesn't know when it last re-granted nor to whom: it supposes just now and to another. A lease is never longer than
   * `ttlMs`.
   */
  constructor(
    record: VoterRecord,
    ttlMs: number,
    startedAtMs: number,
    rules: Pick<SafetyRules, "mayRegrant">,
  ) {
    this.#record = record;
    this.#ttlMs = ttlMs;
    this.#rules = rules;
    this.#regrantedUntilMs = record.epoch === 0 ? Number.NEGATIVE_INFINITY : startedAtMs + ttlMs;
  }

  get record(): VoterRecord {
    return this.#record;
  }

  /** Asked by who was granted `epoch`, or, without a holder, by who seeds a store. */
  promise(epoch: number, holder: string | undefined, nowMs: number): PromiseAnswer {
    if (epoch < this.#record.epoch) return { kind: "refused", epoch: this.#record.epoch };
    this.#record = holder === undefined ? { epoch } : { epoch, holder };
    // What was re-granted to the asker itself it need not wait for.
    const isOwn = holder !== undefined && holder === this.#regrantedTo;
    return {
      kind: "promised",
      remainingMs: isOwn ? 0 : Math.max(0, this.#regrantedUntilMs - nowMs),
    };
  }

  /** Asked by the holder of `epoch` when the store doesn't answer it. */
  regrant(epoch: number, holder: string, nowMs: number): RegrantAnswer {
    if (!this.#rules.mayRegrant(this.#record, epoch, holder))
      return { kind: "refused", epoch: this.#record.epoch };
    if (epoch > this.#record.epoch) this.#record = { epoch, holder };
    this.#regrantedUntilMs = nowMs + this.#ttlMs;
    this.#regrantedTo = holder;
    return { kind: "regranted" };
  }
}
