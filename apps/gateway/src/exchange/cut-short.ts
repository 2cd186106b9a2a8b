import type { Refusal } from "../refusals/refusal.ts";

/** Why a request is ended before it is over, for the log. */
export type CutReason = "time" | "token-revoked" | "token-expired";

/** The gateway itself ends a request that is under way; neither its client nor its upstream did. */
export class CutShort extends Error {
  override readonly name = "CutShort";
  readonly reason: CutReason;
  /** What is answered where no answer had begun. */
  readonly refusal: Refusal;

  constructor(reason: CutReason, refusal: Refusal) {
    super(refusal.detail);
    this.reason = reason;
    this.refusal = refusal;
  }

  /** Why a signal was aborted; undefined when it was not, or by something else. */
  static of({ reason }: Pick<AbortSignal, "reason">): CutShort | undefined {
    return reason instanceof CutShort ? reason : undefined;
  }
}
