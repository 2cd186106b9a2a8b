import {
  AcmeChallenge,
  acmeChallengeKey,
  Certificate,
  certificateKey,
  Route,
  routeKey,
} from "@bastide/contracts";

/** What the stream holds under one key, as it came: it is saved and read again in this form. */
export type TableEntry = Route | Certificate | AcmeChallenge;

/**
 * A value of the stream. Throws when it is not what its key says, or the key is of a kind that this gateway does not
 * know: what it does not know may be what protects a route.
 */
export function parseEntry(key: string, value: unknown): TableEntry {
  switch (key.slice(0, key.indexOf("/"))) {
    case "route": {
      const route = Route.parse(value);
      checkKey(key, routeKey(route), `the route of ${route.host}${route.path}`);
      return route;
    }
    case "certificate": {
      const certificate = Certificate.parse(value);
      checkKey(key, certificateKey(certificate), `the certificate ${certificate.name}`);
      return certificate;
    }
    case "acme-challenge": {
      const challenge = AcmeChallenge.parse(value);
      checkKey(key, acmeChallengeKey(challenge), `a challenge for ${challenge.host}`);
      return challenge;
    }
    default:
      throw new TypeError(`this gateway does not know what is kept under the key ${key}`);
  }
}

function checkKey(key: string, own: string, what: string): void {
  if (own !== key) throw new TypeError(`${what} came under the key ${key}`);
}

type Entries = Iterable<TableEntry | undefined>;

/** Routes among entries. */
export function* routesOf(entries: Entries): Generator<Route> {
  for (const entry of entries) if (entry && "upstreams" in entry) yield entry;
}

/** Certificates among entries. */
export function* certificatesOf(entries: Entries): Generator<Certificate> {
  for (const entry of entries) if (entry && "source" in entry) yield entry;
}

/** Challenges among entries. */
export function* challengesOf(entries: Entries): Generator<AcmeChallenge> {
  for (const entry of entries) if (entry && "token" in entry) yield entry;
}
