const HOUR_MS = 3_600_000;

const NETWORK = /^(?:E[A-Z]+|UND_ERR_|CERT_|UNABLE_|DEPTH_ZERO|SELF_SIGNED|ERR_TLS)/;

/** What people are told of a failure. The library puts an authority's own words into the message. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (NETWORK.test(code) && !code.startsWith("ERR_BAD"))
    return `the certificate authority cannot be reached (${code})`;
  // The library trips over its own handling of connections that broke off.
  if (error instanceof TypeError) return "the connection to the certificate authority broke off";
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, " ").slice(0, 500);
}

/** Whether the authority does not know our account (any more), as `accountDoesNotExist` of RFC 8555 §6.7 says. */
export const isAccountUnknown = (error: unknown): boolean =>
  error instanceof Error && /\baccount\b.*(?:not found|not exist|unknown)/i.test(error.message);

/** RFC 8555 §6.6: an authority that is asked too often says so, and some say for how long. */
export function retryAfterOf(error: unknown, nowMs: number = Date.now()): number | undefined {
  const text = error instanceof Error ? error.message : "";
  if (!/rate ?limit|too many|status code 429/i.test(text)) return undefined;
  const until = /retry after (\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)/i.exec(text)?.[1];
  const atMs = until === undefined ? Number.NaN : Date.parse(`${until.replace(" ", "T")}Z`);
  return Number.isNaN(atMs) ? HOUR_MS : Math.max(0, atMs - nowMs);
}
