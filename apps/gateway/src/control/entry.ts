import {
  AcmeChallenge,
  acmeChallengeKey,
  Certificate,
  certificateKey,
  Revocation,
  revocationKey,
  rootKeyKey,
  Route,
  routeKey,
  TrustedRootKey,
} from "@bastide/contracts";

/** One value of the config stream, checked. Its kind is the key's first word: `route/…`. */
export type Entry = Route | Certificate | AcmeChallenge | TrustedRootKey | Revocation;

/** What each kind of key holds. A kind that is not here refuses the message: it may be what protects a route. */
const KINDS: Readonly<Record<string, (key: string, value: unknown) => Entry>> = {
  route(key, value) {
    const route = Route.parse(value);
    return under(key, routeKey(route), route, `the route of ${route.host}${route.path}`);
  },
  certificate(key, value) {
    const certificate = Certificate.parse(value);
    return under(
      key,
      certificateKey(certificate),
      certificate,
      `the certificate ${certificate.name}`,
    );
  },
  "acme-challenge"(key, value) {
    const challenge = AcmeChallenge.parse(value);
    return under(key, acmeChallengeKey(challenge), challenge, `a challenge for ${challenge.host}`);
  },
  "root-key"(key, value) {
    const rootKey = TrustedRootKey.parse(value);
    return under(key, rootKeyKey(rootKey), rootKey, `the root key ${rootKey.id}`);
  },
  revocation(key, value) {
    const revocation = Revocation.parse(value);
    return under(key, revocationKey(revocation), revocation, `the revocation of ${revocation.id}`);
  },
};

/** Throws when the value is none of its key's kind, or the kind is unknown. */
export function parseEntry(key: string, value: unknown): Entry {
  const kind = key.slice(0, Math.max(0, key.indexOf("/")));
  const parse = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!parse)
    throw new TypeError(
      `the key ${key.slice(0, 100)} is of a kind that this gateway does not know; upgrade the gateway`,
    );
  return parse(key, value);
}

function under<Value extends Entry>(key: string, own: string, value: Value, what: string): Value {
  if (own === key) return value;
  throw new TypeError(`${what} came under the key ${key}`);
}

/** By key of the config stream; null: there is nothing under it any more. */
export type EntryChange = readonly [key: string, entry: Entry | null];

export const isRoute = (entry: Entry): entry is Route => "upstreams" in entry;
export const isCertificate = (entry: Entry): entry is Certificate => "source" in entry;
export const isChallenge = (entry: Entry): entry is AcmeChallenge => "token" in entry;
export const isRootKey = (entry: Entry): entry is TrustedRootKey => "publicKey" in entry;
export const isRouteKey = (key: string): boolean => key.startsWith("route/");
