import { type Biscuit, expiryOf, rule, statedBy } from "@bastide/biscuit";
import { AMBIENT_FACTS } from "@bastide/contracts";
import { Decisions } from "./decisions.ts";
import type { EndRequest } from "./under-way.ts";

/** A token whose signatures were verified, and all that was found out about it since. */
export interface KnownToken {
  readonly token: Biscuit;
  /** `user:alice`; without a subject, what names the token. */
  readonly subject: string;
  readonly revocationIds: readonly string[];
  /** The keys that verified it, as `Trust.keysFor` names them. */
  readonly keys: string;
  readonly expiresMs: number;
  /** Words of the request's facts that it states itself: then it is let in nowhere. */
  readonly claims: readonly string[];
  readonly decisions: Decisions;
  /** The epoch of trust that it was last found good in. */
  trustedIn: number;
  /** How to end each request that it let in and that is under way. `UnderWay` keeps it. */
  readonly underWay: Set<EndRequest>;
}

const AMBIENT: ReadonlySet<string> = new Set(AMBIENT_FACTS);

/** The kinds of subject, the most specific first: a token that is a node's is never taken for a user's. */
const SUBJECTS = [
  ["node", rule`subject($name) <- node($name)`],
  ["gateway", rule`subject($name) <- gateway($name)`],
  ["user", rule`subject($name) <- user($name)`],
] as const;

export function knownToken(token: Biscuit, keys: string, epoch: number): KnownToken {
  return {
    token,
    subject: subjectOf(token),
    revocationIds: token.revocationIds,
    keys,
    expiresMs: expiryOf(token)?.getTime() ?? Infinity,
    claims: statedBy(token).filter((name) => AMBIENT.has(name)),
    decisions: new Decisions(token),
    trustedIn: epoch,
    underWay: new Set(),
  };
}

/** Attenuations narrow a token and never change whose it is, so all that stem from one share its authority block. */
function subjectOf(token: Biscuit): string {
  for (const [kind, query] of SUBJECTS) {
    const [name] = token.query(query)[0] ?? [];
    if (typeof name === "string") return `${kind}:${name}`;
  }
  return `token:${token.revocationIds[0] ?? ""}`;
}
