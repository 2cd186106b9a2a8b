import type { AcmeChallenge } from "@bastide/contracts";
import type { Issued } from "../../certificates/domain/issued.ts";
import type { ChallengeKind } from "./attempts.ts";

export interface IssueRequest {
  readonly domain: string;
  readonly kind: ChallengeKind;
  /** Resolves when every gateway answers the challenge; only then is the authority told to look. */
  publish(challenge: AcmeChallenge): Promise<void>;
  readonly signal: AbortSignal;
}

/** The authority did not issue; `retryAfterMs` is what it asked for, if it did. */
export class NotIssued extends Error {
  override readonly name = "NotIssued";
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Port: a certificate authority that the world trusts. Throws NotIssued with a reason for people. */
export abstract class PublicAuthority {
  abstract issue(request: IssueRequest): Promise<Issued>;
}
