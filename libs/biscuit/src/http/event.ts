import type { BiscuitErrorCode } from "../errors/codes.ts";
import type { DecidingPolicy, FailedCheckDescription, Refused } from "../policy/decision.ts";

/** Why a request was turned away. */
export type RefusalReason =
  | "no-token"
  | "malformed-request"
  | "invalid-token"
  | "expired"
  | Refused["reason"];

/** What is known of the token of a decision. Its revocation ids name it; the token itself is never here. */
export interface TokenIdentity {
  readonly rootKeyId: number | undefined;
  readonly revocationIds: readonly string[];
}

interface Common {
  readonly at: Date;
  /** What was asked, as whoever wants the decision words it: `GET /orders/{id}`, `deploy`. */
  readonly action: string;
}

/** One decision about one request, for an audit log: whether, by which policy, for which token. */
export type AuthorizationEvent =
  | (Common & {
      readonly outcome: "allowed";
      readonly policy: DecidingPolicy;
      readonly token: TokenIdentity;
    })
  | (Common & {
      readonly outcome: "refused";
      readonly status: 400 | 401 | 403;
      readonly reason: RefusalReason;
      /** Of an invalid token: what is wrong with it. */
      readonly code?: BiscuitErrorCode;
      readonly policy?: DecidingPolicy;
      readonly failedChecks: readonly FailedCheckDescription[];
      /** Absent when there was no valid token. */
      readonly token?: TokenIdentity;
    });
