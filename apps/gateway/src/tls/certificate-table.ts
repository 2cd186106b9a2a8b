import type { AcmeChallenge, Certificate } from "@bastide/contracts";

/** What a handshake needs of a certificate, and what its connection may be used for. */
export interface ServedCertificate {
  readonly name: string;
  readonly hosts: readonly string[];
  /** PEM. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  readonly notAfterMs: number;
  /** Clients that know nothing of the platform trust it. */
  readonly isPublic: boolean;
  readonly source: Certificate["source"] | "challenge";
}

type TlsAlpnChallenge = Extract<AcmeChallenge, { kind: "tls-alpn-01" }>;

/** All certificates at one moment, immutable: a handshake sees one table. */
export class CertificateTable {
  static readonly EMPTY: CertificateTable = new CertificateTable([], []);

  /** Exact names, and wildcards as they are written; best certificate first. */
  readonly #byHost = new Map<string, ServedCertificate[]>();
  readonly #challenges = new Map<string, ServedCertificate>();
  readonly #answers = new Map<string, Extract<AcmeChallenge, { kind: "http-01" }>>();
  readonly #default: ServedCertificate | undefined;
  readonly #size: number;

  /**
   * `before` is the table whose certificates are kept as objects where they are the same, so that what was made from
   * them is kept too.
   */
  constructor(
    certificates: Iterable<Certificate>,
    challenges: Iterable<AcmeChallenge>,
    before?: CertificateTable,
  ) {
    const old = new Map(before?.all().map((one) => [one.name, one]));
    const served: ServedCertificate[] = [];
    let byDefault: ServedCertificate | undefined;
    for (const certificate of certificates) {
      const one = sameOrNew(certificate, old.get(certificate.name));
      served.push(one);
      if (certificate.isDefault === true) byDefault = one;
    }
    for (const one of served.toSorted(byPreference))
      for (const host of one.hosts) {
        const list = this.#byHost.get(host);
        if (list) list.push(one);
        else this.#byHost.set(host, [one]);
      }
    for (const challenge of challenges)
      if (challenge.kind === "http-01") this.#answers.set(challenge.token, challenge);
      else this.#challenges.set(challenge.host, challengeCertificate(challenge));
    this.#default = byDefault;
    this.#size = served.length;
  }

  get size(): number {
    return this.#size;
  }

  all(): ServedCertificate[] {
    return [...new Set([...this.#byHost.values()].flat())];
  }

  /**
   * The certificate for a name: its own before a wildcard's, a valid one before one that has ended. Undefined when
   * there is none. Without a name: the default one.
   */
  find(serverName: string | undefined, nowMs: number): ServedCertificate | undefined {
    if (serverName === undefined) return this.#default;
    const list = this.#byHost.get(serverName) ?? this.#byHost.get(wildcardOf(serverName));
    return list?.find(({ notAfterMs }) => notAfterMs > nowMs) ?? list?.[0];
  }

  /** Whether a name has a certificate that any client trusts. */
  hasPublic(host: string, nowMs: number): boolean {
    return this.find(host, nowMs)?.isPublic === true;
  }

  /** What an authority is shown that asks for `acme-tls/1` at a name (RFC 8737 §3). */
  challenge(serverName: string | undefined): ServedCertificate | undefined {
    return serverName === undefined ? undefined : this.#challenges.get(serverName);
  }

  /** What an authority gets that asks for a token over HTTP at a host (RFC 8555 §8.3). */
  answer(host: string, token: string): string | undefined {
    const challenge = this.#answers.get(token);
    return challenge?.host === host ? challenge.keyAuthorization : undefined;
  }
}

/** Whether a certificate is good for a host (RFC 9525 §6.3): a wildcard stands for one label. */
export function covers({ hosts }: Pick<ServedCertificate, "hosts">, host: string): boolean {
  return hosts.includes(host) || hosts.includes(wildcardOf(host));
}

const wildcardOf = (host: string): string => `*${host.slice(Math.max(0, host.indexOf(".")))}`;

/** The owner's own before what the platform got, and that before what only the platform's users trust. */
const SOURCES: readonly ServedCertificate["source"][] = ["uploaded", "acme", "private-ca"];

/** By source, then the one that ends later; by name where nothing else tells. */
function byPreference(one: ServedCertificate, other: ServedCertificate): number {
  return (
    SOURCES.indexOf(one.source) - SOURCES.indexOf(other.source) ||
    other.notAfterMs - one.notAfterMs ||
    (one.name < other.name ? -1 : 1)
  );
}

function sameOrNew(
  { name, hosts, chain, key, notAfter, source, isPrivate }: Certificate,
  old: ServedCertificate | undefined,
): ServedCertificate {
  const isSame =
    old !== undefined &&
    old.chain === chain &&
    old.key === key &&
    old.source === source &&
    old.hosts.length === hosts.length &&
    old.hosts.every((host, i) => host === hosts[i]);
  if (isSame) return old;
  const isPublic = source !== "private-ca" && isPrivate !== true;
  return { name, hosts, chain, key, notAfterMs: Date.parse(notAfter), isPublic, source };
}

const challengeCertificate = ({ host, chain, key }: TlsAlpnChallenge): ServedCertificate => ({
  name: `acme-tls/1:${host}`,
  hosts: [host],
  chain,
  key,
  notAfterMs: Infinity,
  isPublic: false,
  source: "challenge",
});
