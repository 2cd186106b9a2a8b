import type { OutgoingHttpHeaders } from "node:http";
import type { Caller } from "../authorization/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { IdentityKey } from "./identity-key.ts";
import { NarrowedTokens } from "./narrowed-token.ts";
import { SignedHeaders } from "./signed-headers.ts";

/** Tells an app behind a route with a policy who asks, in the way that its route says. */
export class IdentityHeaders {
  readonly #narrowed = new NarrowedTokens();
  readonly #signed: SignedHeaders | undefined;
  readonly #timeOfDay: () => number;
  /** The public keys that what is signed can be verified with, as JSON. */
  readonly keySet: string;

  /** Without a key nothing can be signed; such routes do not let requests through. */
  constructor(key: IdentityKey | undefined, timeOfDay: () => number) {
    this.keySet = key?.keySet ?? '{"keys":[]}';
    this.#signed = key && new SignedHeaders(key);
    this.#timeOfDay = timeOfDay;
  }

  get canSign(): boolean {
    return this.#signed !== undefined;
  }

  /** The headers for the app in place of the caller's token. */
  apply(
    headers: OutgoingHttpHeaders,
    caller: Caller,
    { request, host }: Pick<Exchange, "request" | "host">,
  ): OutgoingHttpHeaders {
    const { identity } = caller.policy.rule;
    if (identity === "caller") return headers;
    const nowMs = this.#timeOfDay();
    const method = request.method ?? "";
    const { authorization: _, ...others } = headers;
    if (identity === "none") return others;
    if (identity === "headers")
      return { ...withoutSignature(others), ...this.#sign(caller, headers, method, nowMs) };
    const token = this.#narrowed.of(caller, { host, method }, nowMs);
    return { ...others, authorization: `Bearer ${token}` };
  }

  #sign(
    caller: Caller,
    { host }: OutgoingHttpHeaders,
    method: string,
    nowMs: number,
  ): OutgoingHttpHeaders {
    if (!this.#signed) throw new Error("this gateway has no key to sign identity headers with");
    const authority = authorityOf(String(host));
    return this.#signed.of(caller, { authority, method }, nowMs);
  }
}

/** A signature that the client brought must not be taken for the gateway's. */
function withoutSignature(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const { signature: _, "signature-input": __, ...others } = headers;
  return others;
}

/** RFC 9421 §2.2.3: in lower case, without the port that is the scheme's own. */
const authorityOf = (host: string): string => host.toLowerCase().replace(/:(?:80|443)$/, "");
