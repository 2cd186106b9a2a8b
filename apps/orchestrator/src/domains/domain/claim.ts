import { HostName } from "@bastide/contracts";

/** Why a name cannot become a tenant's domain: the fact and what to do. */
export class NotADomain extends Error {
  override readonly name = "NotADomain";
}

/** Names that no public DNS has (RFC 6761, RFC 6762, RFC 8375). */
const SPECIAL = /(?:^|\.)(?:localhost|local|test|invalid|example|onion|internal|home\.arpa)$/;

/** What delimits the other parts of a URL (RFC 3986 §2.2), brackets of addresses included. */
const URL_PARTS = /[:/?#[\]@\\]/;

/**
 * A domain as it is kept: lower case, A-labels, no trailing dot. `ascii` converts U-labels (RFC 5891). Throws
 * NotADomain for what cannot be one: addresses, wildcards, names of the platform itself.
 */
export function readDomain(
  text: string,
  baseDomain: string,
  ascii: (name: string) => string,
): string {
  const given = text.trim().replace(/\.$/, "");
  if (given.startsWith("*"))
    throw new NotADomain(
      `${given} is a wildcard: authorities prove these by DNS records (DNS-01) only, which this platform cannot write. Add each name that you need`,
    );
  // What belongs to a URL is looked for before any conversion, which may take some of it for granted (port 80).
  const domain = URL_PARTS.test(given) ? "" : ascii(given.toLowerCase());
  if (!HostName.safeParse(domain).success || /[_]/.test(domain))
    throw new NotADomain(`"${given}" is not a host name; a domain looks like www.example.org`);
  if (/^[\d.]+$/.test(domain))
    throw new NotADomain(`${domain} is an address; a domain looks like www.example.org`);
  if (!domain.includes("."))
    throw new NotADomain(`${domain} is a single label; a domain looks like www.example.org`);
  if (domain === baseDomain || domain.endsWith(`.${baseDomain}`))
    throw new NotADomain(
      `${domain} belongs to the platform itself: everything below ${baseDomain} leads to apps by their names`,
    );
  if (SPECIAL.test(domain))
    throw new NotADomain(`${domain} is a name that no public DNS has, so nobody could reach it`);
  return domain;
}

/** Whether one of two domains lies below the other. */
export const areRelated = (one: string, other: string): boolean =>
  one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
