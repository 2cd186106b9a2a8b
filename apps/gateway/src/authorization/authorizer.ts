import { bearerOf } from "@bastide/biscuit/http";
import { CutShort } from "../exchange/cut-short.ts";
import type { AskedExchange } from "../exchange/exchange.ts";
import { otherReadings } from "../exchange/path-readings.ts";
import { clientKey } from "../limits/client-key.ts";
import { AMBIGUOUS, isRefusal, type Refusal } from "../refusals/refusal.ts";
import type { Caller } from "./caller.ts";
import * as refusals from "./caller-refusals.ts";
import { Freshness } from "./freshness.ts";
import type { IdentityKey } from "../identity/identity-key.ts";
import { IdentityHeaders } from "../identity/identity-headers.ts";
import type { KnownToken } from "./known-token.ts";
import { requestFactsOf } from "./request-facts.ts";
import type { RoutePolicy } from "./route-policy.ts";
import { type Checked, TokenCheck, type TokenCheckLimits } from "./token-check.ts";
import { Trust } from "./trust.ts";
import { UnderWay } from "./under-way.ts";

type Asked = Omit<AskedExchange, "target">;
type Verdict = Caller | Refusal;

export interface AuthorizerParts {
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly timeOfDay: () => number;
  readonly limits?: TokenCheckLimits;
  /** To sign identity headers with. */
  readonly identityKey?: IdentityKey;
}

/** Lets a request in by its token and its route's policy, or says why not (RFC 6750). */
export class Authorizer {
  readonly trust = new Trust();
  readonly freshness: Freshness;
  readonly identity: IdentityHeaders;
  readonly underWay: UnderWay;
  readonly #check: TokenCheck;
  readonly #timeOfDay: () => number;

  constructor({ now, timeOfDay, limits, identityKey }: AuthorizerParts) {
    this.freshness = new Freshness(now, timeOfDay);
    this.identity = new IdentityHeaders(identityKey, timeOfDay);
    this.#check = new TokenCheck(this.trust, now, limits);
    this.#timeOfDay = timeOfDay;
    const isTrusted = (known: KnownToken): boolean => this.#check.isStillGood(known);
    this.underWay = new UnderWay({ isTrusted, timeOfDay });
    this.trust.onChange((change) => this.underWay.trustChanged(change));
  }

  /** A promise only for a token that must be verified first. */
  authorize(asked: Asked, policy: RoutePolicy): Verdict | Promise<Verdict> {
    const { silentMs } = this.freshness;
    if (silentMs > policy.rule.staleAfterSeconds * 1000)
      return refusals.stale(asked.host, silentMs);
    const field = authorizationOf(asked.request);
    if (field === undefined) return this.#unauthentic(asked);
    const known = this.#check.recall(field);
    if (known) return this.#decide(known, asked, policy);
    const checked = this.#verify(field, asked);
    if (!(checked instanceof Promise)) return this.#judge(checked, asked, policy);
    return checked.then((later) => this.#judge(later, asked, policy));
  }

  /** Calls `end` once if the caller's token is revoked or expires before what is given was called. */
  watch({ known }: Caller, host: string, end: (cut: CutShort) => void): () => void {
    return this.underWay.begin(known, (reason) => {
      const refused =
        reason === "token-expired"
          ? refusals.expired(host, known.expiresMs)
          : refusals.invalid(host);
      end(new CutShort(reason, refused));
    });
  }

  #unauthentic({ request, host }: Asked): Refusal {
    const credentials = bearerOf(request);
    return credentials.kind === "malformed"
      ? refusals.malformed(host, credentials.detail)
      : refusals.noToken(host);
  }

  #verify(field: string, { request, host }: Asked): Checked | Refusal | Promise<Checked> {
    const credentials = bearerOf(request);
    if (credentials.kind === "malformed") return refusals.malformed(host, credentials.detail);
    if (credentials.kind === "none") return refusals.noToken(host);
    return this.#check.check(field, credentials.token, clientKey(request.socket.remoteAddress));
  }

  #judge(checked: Checked | Refusal, asked: Asked, policy: RoutePolicy): Verdict {
    if (checked.kind === "known") return this.#decide(checked.known, asked, policy);
    if (checked.kind === "invalid") return refusals.invalid(asked.host);
    if (checked.kind === "distrusted") return refusals.distrusted(checked.retrySeconds);
    if (checked.kind === "verifying") return refusals.TOO_MANY;
    return checked;
  }

  #decide(known: KnownToken, asked: Asked, policy: RoutePolicy): Verdict {
    const nowMs = this.#timeOfDay();
    if (nowMs >= known.expiresMs) return refusals.expired(asked.host, known.expiresMs);
    if (known.claims.length > 0) return refusals.claiming(asked.host, known.claims);
    if (known.decisions.readsPath(policy) && otherReadings(asked.path).length > 0) return AMBIGUOUS;
    const facts = requestFactsOf(asked);
    const { allowed } = known.decisions.about(policy, facts, nowMs);
    if (!allowed) return refusals.refusedBy(known, policy, facts, nowMs);
    const { identity } = policy.rule;
    if (identity === "token" && known.token.isSealed) return refusals.sealed(asked.host);
    if (identity === "headers" && !this.identity.canSign) return refusals.NO_KEY;
    return { known, policy };
  }
}

/** The field's value; undefined when it is not there, or more than once: then it is looked at with more care. */
function authorizationOf({ rawHeaders, headers }: AskedExchange["request"]): string | undefined {
  let found = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) found += 1;
  }
  return found === 1 ? headers.authorization : undefined;
}

const AUTHORIZATION = "authorization";

/** What a request was let in by. */
export const isCaller = (verdict: Verdict): verdict is Caller => !isRefusal(verdict);
