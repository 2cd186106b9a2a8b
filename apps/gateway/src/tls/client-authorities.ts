import { X509Certificate } from "node:crypto";
import type { Route } from "@bastide/contracts";
import { InvalidTable } from "../table/route-table.ts";

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Which hosts ask clients for a certificate, and of which authorities: a host asks as soon as one of its routes wants
 * one, since at the handshake the path is not known yet. Throws InvalidTable when an authority cannot be read.
 */
export function clientAuthoritiesOf(
  routes: Iterable<Route>,
): ReadonlyMap<string, readonly string[]> {
  const byHost = new Map<string, string[]>();
  for (const { host, settings } of routes) {
    if (settings?.clientAuthorities === undefined) continue;
    const name = host.toLowerCase();
    const list = byHost.get(name) ?? [];
    byHost.set(name, list);
    for (const pem of readAuthorities(name, settings.clientAuthorities))
      if (!list.includes(pem)) list.push(pem);
  }
  return byHost;
}

/** The certificates in one PEM text. */
export function readAuthorities(host: string, text: string): string[] {
  const found = text.match(PEM) ?? [];
  if (found.length === 0)
    throw new InvalidTable(`the client authorities of ${host} hold no certificate in PEM`);
  for (const pem of found) {
    try {
      // Only to see that it can be read.
      void new X509Certificate(pem).ca;
    } catch (cause) {
      throw new InvalidTable(`a client authority of ${host} is not a certificate`, { cause });
    }
  }
  return found;
}

/** The authorities of a host, or of the narrowest wildcard that stands for it. */
export function authoritiesFor(
  byHost: ReadonlyMap<string, readonly string[]>,
  host: string,
): readonly string[] {
  if (byHost.size === 0) return [];
  for (let name = host, at = -1; ; name = `*${host.slice(at)}`) {
    const list = byHost.get(name);
    if (list) return list;
    at = host.indexOf(".", at + 1);
    if (at < 0) return [];
  }
}
