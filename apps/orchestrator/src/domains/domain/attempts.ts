const MINUTE_MS = 60_000;
/** Let's Encrypt counts 5 failures an hour for a name; after the third this is slower than that. */
const PAUSES_MS: readonly number[] = [1, 5, 20, 60, 180, 720, 1_440].map(
  (minutes) => minutes * MINUTE_MS,
);
const LAST_MS = 1_440 * MINUTE_MS;

/**
 * How long to wait after the nth failure in a row (from 1), a quarter of it left to chance. `atLeastMs` is what the
 * authority asked for. `random` is in [0, 1).
 */
export function pauseAfter(failures: number, random: number, atLeastMs = 0): number {
  const pause = PAUSES_MS[failures - 1] ?? LAST_MS;
  return Math.max(atLeastMs, Math.round(pause * (0.75 + random / 4)));
}

/** How often the DNS is asked again for a domain that does not lead here yet: soon at first, then once an hour. */
export function pauseForDns(checks: number): number {
  return Math.min(60, 2 ** Math.min(checks, 6)) * MINUTE_MS;
}

export type ChallengeKind = "http-01" | "tls-alpn-01";

/**
 * Which way to prove a domain: the one whose port the authority can reach, as far as we know; by turns when one failed.
 */
export function challengeKind(
  ports: { readonly http: number; readonly https: number },
  failures: number,
): ChallengeKind {
  const first = ports.http !== 80 && ports.https === 443 ? "tls-alpn-01" : "http-01";
  const second = first === "http-01" ? "tls-alpn-01" : "http-01";
  return failures % 2 === 0 ? first : second;
}
