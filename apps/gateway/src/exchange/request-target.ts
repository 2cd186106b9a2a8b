import { normaliseHost } from "../table/host.ts";

/** Where a request wants to go. */
export interface RequestTarget {
  /** Normalised: what the table is asked. */
  readonly host: string;
  /** Without query, as it came: nothing is decoded or resolved, here or by the upstream's side of the gateway. */
  readonly path: string;
  /** Path and query in origin form (RFC 9112 §3.2.1), byte for byte as they came. */
  readonly target: string;
}

/** Longest target that is forwarded, in characters. */
const MAX_TARGET = 16 * 1024;
/** Visible ASCII without the number sign, which has no place in a target (RFC 9112 §3.2). */
const TARGET_CHARACTERS = /^[!"$-~]+$/;
const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i;

/** Reads a request's first line and Host; gives the reason, as text for the client, when they do not say one thing. */
export function readTarget(url: string, hosts: readonly string[]): RequestTarget | string {
  const authority = hosts[0];
  if (hosts.length !== 1 || authority === undefined)
    return `a request needs exactly one Host header; this one has ${hosts.length}`;
  const host = normaliseHost(authority);
  if (host === undefined) return "the Host header is not a host name, with or without a port";
  if (url.length > MAX_TARGET) return `the target is longer than ${MAX_TARGET} characters`;
  if (!TARGET_CHARACTERS.test(url)) return "the target has characters that need percent-encoding";
  const target = originForm(url, host);
  return target === undefined
    ? "the target is neither a path nor a URL of the host in the Host header"
    : { host, path: target.split("?", 1)[0] ?? target, target };
}

/**
 * The target without scheme and authority. An absolute one must name the host that the Host header names: RFC 9112
 * §3.2.2 lets the target win, but a request that says two things is a way to mislead whoever is behind us.
 */
function originForm(url: string, host: string): string | undefined {
  if (url.startsWith("/")) return url;
  const [, authority, rest] = ABSOLUTE.exec(url) ?? [];
  if (authority === undefined || rest === undefined || normaliseHost(authority) !== host)
    return undefined;
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Every value of a header in a raw list of names and values. */
export function rawValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}
