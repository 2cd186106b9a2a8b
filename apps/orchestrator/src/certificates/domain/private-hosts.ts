/** What one certificate of the private authority is for. */
export interface PrivateLeaf {
  /** The first one names the certificate. */
  readonly hosts: readonly [string, ...string[]];
  readonly isDefault: boolean;
}

/**
 * The certificates that the hosts in the table need of the private authority. Below a base domain of two labels or more
 * one wildcard serves all; below a single label (`localhost`) browsers and OpenSSL take no wildcard, so each host gets
 * its own. Hosts outside the base domain get none: the authority is not good for them.
 */
export function privateLeaves(
  baseDomain: string,
  platformHost: string,
  hosts: Iterable<string>,
): PrivateLeaf[] {
  const wildcard = baseDomain.includes(".") ? `*.${baseDomain}` : undefined;
  const first: PrivateLeaf = {
    hosts: [platformHost, ...(wildcard === undefined ? [] : [wildcard])],
    isDefault: true,
  };
  const own = new Set<string>();
  for (const host of hosts)
    if (isBelow(host, baseDomain) && host !== platformHost && !isCovered(host, wildcard))
      own.add(host);
  return [first, ...Array.from(own, (host): PrivateLeaf => ({ hosts: [host], isDefault: false }))];
}

const isBelow = (host: string, domain: string): boolean =>
  host === domain || host.endsWith(`.${domain}`);

/** Whether a wildcard of one label stands for a host, or is it. */
const isCovered = (host: string, wildcard: string | undefined): boolean =>
  wildcard !== undefined &&
  (host === wildcard ||
    (host.endsWith(wildcard.slice(1)) && !host.slice(0, 1 - wildcard.length).includes(".")));
