import { BiscuitError } from "../errors/biscuit-error.ts";
import type { BiscuitErrorCode } from "../errors/codes.ts";
import type { Allowed, Decision, Refused } from "../policy/decision.ts";
import type { Biscuit } from "../token/biscuit.ts";
import { bearerOf, type HttpMessage } from "./bearer.ts";
import type { AuthorizationEvent, RefusalReason, TokenIdentity } from "./event.ts";
import { expiryOf } from "../token/expiry.ts";
import { type BearerError, type Refusal, refuse } from "./refusal.ts";

/** Verifies tokens: a `TokenVerifier`, or anything that does the same, at once or later. */
export interface TokenChecker {
  /** Throws BiscuitError for what is no valid token; any other error is a failure of the server. */
  verify(token: string): Biscuit | Promise<Biscuit>;
}

export interface GateOptions<Request> {
  readonly verifier: TokenChecker;
  /** Names, in challenges, what the tokens are for; default `biscuit`. */
  readonly realm?: string;
  /** Who is told which checks failed. Nobody unless given: checks can hold what a token's holder should not read. */
  readonly mayKnowWhy?: (token: Biscuit, request: Request) => boolean;
  /**
   * Called once for each decision, before its answer. What it throws ends the request as a failure of the server: no
   * decision without its record.
   */
  readonly audit?: (event: AuthorizationEvent, request: Request) => void;
  readonly clock?: () => Date;
  /** Longest token that is looked at, default 16,384. */
  readonly maxTokenCharacters?: number;
}

/** A request that may go on. */
export interface Admitted {
  readonly admitted: true;
  readonly token: Biscuit;
  readonly decision: Allowed;
}

export type Admission = Admitted | { readonly admitted: false; readonly refusal: Refusal };

/** A token that is valid, or why there is none. */
export type Authentication =
  | { readonly authentic: true; readonly token: Biscuit }
  | { readonly authentic: false; readonly refusal: Refusal };

/** What a request is about, for the gate's callbacks and its log. */
export interface Asked<Request> {
  readonly request: Request;
  readonly message: HttpMessage;
  readonly action: string;
}

const MAX_TOKEN_CHARACTERS = 16_384;

/** Why there is no valid token: `code` is for the record only. */
interface Unauthentic {
  readonly reason: RefusalReason;
  readonly error?: BearerError;
  readonly detail: string;
  readonly code?: BiscuitErrorCode;
}

/** What goes wrong with the verifier and not with the token: nobody is let in, and nobody is told that it is the token. */
const SERVER_FAILURES: ReadonlySet<BiscuitErrorCode> = new Set([
  "async-required",
  "malformed-web-keys",
  "web-keys-unavailable",
]);

const INVALID_TOKEN = { reason: "invalid-token", error: "invalid_token" } as const;

/**
 * RFC 6750 for any framework: takes the token from the request, verifies it, turns a policy's decision into an answer
 * and a record. Stateless; one gate serves all requests.
 */
export class RequestGate<Request> {
  readonly #options: GateOptions<Request>;
  readonly #realm: string;

  constructor(options: GateOptions<Request>) {
    this.#options = options;
    this.#realm = options.realm ?? "biscuit";
  }

  /** The time that decisions are made at. */
  now(): Date {
    return this.#options.clock?.() ?? new Date();
  }

  /** Both steps together. `decide` is asked only about tokens that are valid; what it throws goes to the caller. */
  async admit(
    asked: Asked<Request>,
    decide: (token: Biscuit) => Decision | Promise<Decision>,
  ): Promise<Admission> {
    const authentication = await this.authenticate(asked);
    if (!authentication.authentic) return { admitted: false, refusal: authentication.refusal };
    const { token } = authentication;
    return this.conclude(asked, token, await decide(token));
  }

  /** The first step: whose request it is. */
  async authenticate(asked: Asked<Request>): Promise<Authentication> {
    const credentials = bearerOf(asked.message);
    if (credentials.kind === "token") return this.#verify(asked, credentials.token);
    return credentials.kind === "none"
      ? this.#unauthentic(asked, { reason: "no-token", detail: "the request has no token" })
      : this.#unauthentic(asked, {
          reason: "malformed-request",
          error: "invalid_request",
          detail: credentials.detail,
        });
  }

  /** The second step: what a decision about the token means for the request. */
  conclude(asked: Asked<Request>, token: Biscuit, decision: Decision): Admission {
    const common = { at: this.now(), action: asked.action, token: identityOf(token) };
    if (decision.allowed) {
      this.#record({ ...common, outcome: "allowed", policy: decision.policy }, asked);
      return { admitted: true, token, decision };
    }
    const { refusal, reason } = this.#refusalOf(asked, token, decision, common.at);
    const policy = "policy" in decision ? { policy: decision.policy } : {};
    const { failedChecks } = decision;
    const { status } = refusal;
    this.#record({ ...common, outcome: "refused", status, reason, failedChecks, ...policy }, asked);
    return { admitted: false, refusal };
  }

  async #verify(asked: Asked<Request>, text: string): Promise<Authentication> {
    const limit = this.#options.maxTokenCharacters ?? MAX_TOKEN_CHARACTERS;
    if (text.length > limit) {
      const detail = `the token has ${text.length} characters; the limit is ${limit}`;
      return this.#unauthentic(asked, { ...INVALID_TOKEN, detail, code: "too-large" });
    }
    try {
      return { authentic: true, token: await this.#options.verifier.verify(text) };
    } catch (error) {
      if (!(error instanceof BiscuitError) || SERVER_FAILURES.has(error.code)) throw error;
      // The record has the code. The caller does not: it would tell a forger how far the forgery got.
      const detail = "the token is not valid here; get a new one";
      return this.#unauthentic(asked, { ...INVALID_TOKEN, detail, code: error.code });
    }
  }

  #unauthentic(
    asked: Asked<Request>,
    { detail, error, ...known }: Unauthentic,
  ): Extract<Authentication, { authentic: false }> {
    const refusal = refuse(this.#realm, error, detail);
    const { status } = refusal;
    const common = { outcome: "refused", at: this.now(), action: asked.action } as const;
    this.#record({ ...common, status, failedChecks: [], ...known }, asked);
    return { authentic: false, refusal };
  }

  #refusalOf(
    { request }: Asked<Request>,
    token: Biscuit,
    decision: Refused,
    now: Date,
  ): { readonly refusal: Refusal; readonly reason: RefusalReason } {
    const expiresAt = expiryOf(token);
    if (expiresAt !== undefined && expiresAt <= now) {
      const detail = `the token expired at ${expiresAt.toISOString()}; get a new one`;
      return { refusal: refuse(this.#realm, "invalid_token", detail), reason: "expired" };
    }
    const isEntitled = this.#options.mayKnowWhy?.(token, request) === true;
    const detail = "the token does not allow this; ask for one that does";
    const why = isEntitled ? whyOf(decision) : undefined;
    return {
      refusal: refuse(this.#realm, "insufficient_scope", detail, why),
      reason: decision.reason,
    };
  }

  #record(event: AuthorizationEvent, { request }: Asked<Request>): void {
    this.#options.audit?.(event, request);
  }
}

const identityOf = ({ rootKeyId, revocationIds }: Biscuit): TokenIdentity => ({
  rootKeyId,
  revocationIds,
});

/** A refusal's reasons as sentences. */
export const whyOf = (decision: Refused): readonly string[] => [
  `the policy's decision: ${decision.reason}`,
  ...(decision.reason === "error" ? [decision.error.message] : []),
  ...decision.failedChecks.map(({ source }) => `failed: ${source}`),
];
