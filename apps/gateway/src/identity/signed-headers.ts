import { rule } from "@bastide/biscuit";
import { sign } from "node:crypto";
import type { Caller } from "../authorization/caller.ts";
import { BoundedMap } from "../authorization/bounded-map.ts";
import type { IdentityKey } from "./identity-key.ts";

const LIFETIME_SECONDS = 60;
const LEAST_LEFT_SECONDS = 30;
const MOST = 10_000;
const LABEL = "bastide";

const ROLES = rule`held($org, $role) <- role($org, $role)`;

/** What the signature is about besides who asks. */
export interface SignedRequest {
  /** As the app sees it in `Host`. */
  readonly authority: string;
  readonly method: string;
}

type Headers = Readonly<Record<string, string>>;

/**
 * Who asks, in headers that any app can read, signed by the gateway as HTTP Message Signatures have it (RFC 9421, Ed25519).
 * The signature covers method and authority, so it is of no use elsewhere, and lasts a minute; the same one is sent for
 * the same question for half of that.
 */
export class SignedHeaders {
  readonly #key: IdentityKey;
  readonly #made = new BoundedMap<{ headers: Headers; expires: number }>(MOST);

  constructor(key: IdentityKey) {
    this.#key = key;
  }

  of(caller: Caller, request: SignedRequest, nowMs: number): Headers {
    const { known, policy } = caller;
    const { authority, method } = request;
    const name = `${known.revocationIds.at(-1)} ${method} ${authority} ${policy.app} ${policy.environment}`;
    const now = Math.floor(nowMs / 1000);
    const before = this.#made.get(name);
    if (before && before.expires - now >= LEAST_LEFT_SECONDS) return before.headers;
    const expires = now + LIFETIME_SECONDS;
    const headers = this.#sign(identityOf(caller), request, now, expires);
    this.#made.set(name, { headers, expires });
    return headers;
  }

  #sign(
    identity: Headers,
    { method, authority }: SignedRequest,
    created: number,
    expires: number,
  ): Headers {
    const covered = { "@method": method, "@authority": authority, ...identity };
    const names = Object.keys(covered)
      .map((name) => `"${name}"`)
      .join(" ");
    const parameters = `(${names});created=${created};expires=${expires};keyid="${this.#key.id}";alg="ed25519";tag="bastide-identity"`;
    // RFC 9421 §2.5: one line for each component, and one for the parameters, without a line end after it.
    const base = [
      ...Object.entries(covered).map(([name, value]) => `"${name}": ${value}`),
      `"@signature-params": ${parameters}`,
    ].join("\n");
    const signature = sign(null, Buffer.from(base), this.#key.privateKey).toString("base64");
    return {
      ...identity,
      "signature-input": `${LABEL}=${parameters}`,
      signature: `${LABEL}=:${signature}:`,
    };
  }
}

/** Of the caller's roles those in the organisation that the app belongs to: others are none of its business. */
function identityOf({ known, policy }: Caller): Headers {
  const roles = known.token
    .query(ROLES)
    .flatMap(([organisation, role]) =>
      organisation === policy.organisation && typeof role === "string" ? [role] : [],
    );
  const { organisation, app, environment } = policy;
  return {
    "x-bastide-subject": plain(known.subject),
    "x-bastide-roles": [...new Set(roles)].toSorted().map(plain).join(", "),
    "x-bastide-app": [organisation, app, environment].map((part) => plain(part ?? "")).join("/"),
  };
}

/** Visible ASCII without separators; anything else as in a URL, so that no name can break out of its header. */
const plain = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll("%3A", ":");
