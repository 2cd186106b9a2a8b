import {
  AcmeChallenge,
  acmeChallengeKey,
  Certificate,
  certificateKey,
  Route,
  routeKey,
} from "@bastide/contracts";

/** What the stream holds under one key. */
export type TableEntry =
  | { readonly kind: "route"; readonly route: Route }
  | { readonly kind: "certificate"; readonly certificate: Certificate }
  | { readonly kind: "acme-challenge"; readonly challenge: AcmeChallenge };

/**
 * A value of the stream. Throws when it is not what its key says, or the key is of a kind that this gateway does not
 * know: what it does not know may be what protects a route.
 */
export function parseEntry(key: string, value: unknown): TableEntry {
  const kind = key.slice(0, key.indexOf("/"));
  switch (kind) {
    case "route": {
      const route = Route.parse(value);
      checkKey(key, routeKey(route), `the route of ${route.host}${route.path}`);
      return { kind, route };
    }
    case "certificate": {
      const certificate = Certificate.parse(value);
      checkKey(key, certificateKey(certificate), `the certificate ${certificate.name}`);
      return { kind, certificate };
    }
    case "acme-challenge": {
      const challenge = AcmeChallenge.parse(value);
      checkKey(key, acmeChallengeKey(challenge), `a challenge for ${challenge.host}`);
      return { kind, challenge };
    }
    default:
      throw new TypeError(`this gateway does not know what is kept under the key ${key}`);
  }
}

function checkKey(key: string, own: string, what: string): void {
  if (own !== key) throw new TypeError(`${what} came under the key ${key}`);
}

/** Routes among entries. */
export function* routesOf(entries: Iterable<TableEntry | undefined>): Generator<Route> {
  for (const entry of entries) if (entry?.kind === "route") yield entry.route;
}

/** Certificates among entries. */
export function* certificatesOf(entries: Iterable<TableEntry | undefined>): Generator<Certificate> {
  for (const entry of entries) if (entry?.kind === "certificate") yield entry.certificate;
}

/** Challenges among entries. */
export function* challengesOf(entries: Iterable<TableEntry | undefined>): Generator<AcmeChallenge> {
  for (const entry of entries) if (entry?.kind === "acme-challenge") yield entry.challenge;
}
