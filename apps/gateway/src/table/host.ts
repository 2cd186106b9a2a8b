/** Longest authority that is looked at: a host name of 253 characters (RFC 1035 §2.3.4), a trailing dot and a port. */
const MAX_CHARACTERS = 260;
const AUTHORITY = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?)\.?(?::\d{0,5})?$/;

/**
 * An authority as it stands in a Host header (RFC 9110 §7.2), made comparable: lower case, without port and trailing
 * dot. Undefined when it is no host: empty, too long, with user information, spaces or percent escapes.
 */
export function normaliseHost(authority: string): string | undefined {
  if (authority.length > MAX_CHARACTERS) return undefined;
  const host = AUTHORITY.exec(authority.toLowerCase())?.[1];
  return host?.includes("..") === true ? undefined : host;
}

/** Whether a normalised host is a literal loopback address (127.0.0.0/8 or ::1), which no route can have. */
export function isLoopbackLiteral(host: string): boolean {
  return host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** A host of a route: a normalised host, `*.` and one, or `*` for every host. Undefined when it is none of these. */
export function normalisePattern(text: string): string | undefined {
  if (text === "*") return text;
  const isWildcard = text.startsWith("*.");
  const host = normaliseHost(isWildcard ? text.slice(2) : text);
  return host === undefined || !isWildcard ? host : `*.${host}`;
}

/** The wildcards that cover a normalised host, the longest first: `*.b.test` and `*.test` and `*` for `a.b.test`. */
export function* wildcardsOf(host: string): Generator<string> {
  if (!host.startsWith("["))
    for (let at = host.indexOf("."); at >= 0; at = host.indexOf(".", at + 1))
      yield `*${host.slice(at)}`;
  yield "*";
}
