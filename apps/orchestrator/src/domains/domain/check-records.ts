import type { DnsRecord, DomainCheck } from "@bastide/contracts";

/** What the DNS has for a domain. */
export interface DnsFacts {
  /** A and AAAA, as they are reached through aliases too. */
  readonly addresses: readonly string[];
  /** The alias that the domain itself is, if it is one. */
  readonly alias: string | undefined;
  /** The nearest CAA records at or above the domain (RFC 8659 §3); empty when there are none. */
  readonly caa: readonly CaaRecord[];
  /** Why the servers could not be asked; undefined when they answered. */
  readonly failure: string | undefined;
}

export interface CaaRecord {
  readonly name: string;
  readonly tag: string;
  readonly value: string;
  /** RFC 8659 §4.1.1. */
  readonly isCritical: boolean;
}

/** Where a domain should lead. */
export interface Expected {
  /** Of the gateways, as the world reaches them. */
  readonly addresses: readonly string[];
  /** The platform's own host, if others can resolve it: a domain may be an alias for it. */
  readonly host: string | undefined;
  /** Names by which CAA records allow the authority. */
  readonly caaIdentities: readonly string[];
}

type Problem = DomainCheck["problems"][number];

const KNOWN_TAGS: ReadonlySet<string> = new Set([
  "issue",
  "issuewild",
  "iodef",
  "contactemail",
  "contactphone",
  "issuemail",
  "issuevmc",
]);

/** What is missing for a domain to reach the platform and get a certificate. */
export function checkRecords(
  domain: string,
  facts: DnsFacts,
  expected: Expected,
  now: Date,
): DomainCheck {
  const problems = [
    ...addressProblems(domain, facts, expected),
    ...caaProblems(domain, facts, expected),
  ];
  return {
    ok: problems.length === 0,
    checkedAt: now.toISOString(),
    found: foundRecords(domain, facts),
    problems,
  };
}

function addressProblems(domain: string, facts: DnsFacts, expected: Expected): Problem[] {
  if (facts.failure !== undefined)
    return [
      { message: `the DNS could not be asked about ${domain}: ${facts.failure}`, records: [] },
    ];
  if (expected.addresses.length === 0) return [{ message: NOT_REACHABLE, records: [] }];
  const records = wantedRecords(domain, expected);
  if (facts.addresses.length === 0) {
    const what =
      facts.alias === undefined
        ? "has no address"
        : `is an alias for ${facts.alias}, which has no address`;
    return [{ message: `${domain} ${what}; write ${choice(expected)}`, records }];
  }
  const foreign = facts.addresses.filter((address) => !expected.addresses.includes(address));
  if (foreign.length === 0) return [];
  const also = foreign.length < facts.addresses.length ? "also " : "";
  return [
    {
      message: `${domain} ${also}points to ${foreign.join(", ")}, which is not this platform; replace ${foreign.length === 1 ? "that record" : "those records"} by ${choice(expected)}`,
      records,
    },
  ];
}

const NOT_REACHABLE =
  "the gateway listens on the loopback interface only, so no domain can lead to it; start the platform with --listen 0.0.0.0 (and, behind a NAT, with BASTIDE_PUBLIC_ADDRESSES)";

const choice = ({ host, addresses }: Expected): string =>
  host === undefined
    ? addresses.length === 1
      ? "this record"
      : "these records"
    : "either the CNAME record, or the others";

function wantedRecords(domain: string, { addresses, host }: Expected): DnsRecord[] {
  const records = addresses.map((value): DnsRecord => ({
    type: typeOf(value),
    name: domain,
    value,
  }));
  return host === undefined ? records : [...records, { type: "CNAME", name: domain, value: host }];
}

/** `issue` records bound who may issue; without any, everybody may (RFC 8659 §4.2). */
function caaProblems(domain: string, { caa }: DnsFacts, { caaIdentities }: Expected): Problem[] {
  const [authority = ""] = caaIdentities;
  const critical = caa.find(({ tag, isCritical }) => isCritical && !KNOWN_TAGS.has(tag));
  if (critical)
    return [
      {
        message: `a CAA record at ${critical.name} has the critical tag "${critical.tag}", which authorities must refuse; remove it`,
        records: [],
      },
    ];
  const issue = caa.filter(({ tag }) => tag === "issue");
  if (issue.length === 0 || issue.some(({ value }) => caaIdentities.includes(issuerOf(value))))
    return [];
  const where = issue[0]?.name ?? domain;
  return [
    {
      message: `the CAA records at ${where} do not allow ${authority} to issue certificates for ${domain}; add this one`,
      records: [{ type: "CAA", name: where, value: `0 issue "${authority}"` }],
    },
  ];
}

/** The issuer's domain name, without parameters. */
const issuerOf = (value: string): string => (value.split(";", 1)[0] ?? "").trim().toLowerCase();

const typeOf = (address: string): "A" | "AAAA" => (address.includes(":") ? "AAAA" : "A");

function foundRecords(domain: string, { addresses, alias, caa }: DnsFacts): DnsRecord[] {
  return [
    ...(alias === undefined ? [] : [{ type: "CNAME" as const, name: domain, value: alias }]),
    ...addresses.map((value): DnsRecord => ({ type: typeOf(value), name: domain, value })),
    ...caa.map(({ name, tag, value, isCritical }): DnsRecord => ({
      type: "CAA",
      name,
      value: `${isCritical ? 128 : 0} ${tag} "${value}"`,
    })),
  ];
}
