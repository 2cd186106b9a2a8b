import type { CertificateFacts } from "./metrics-store.ts";

/** Certificates with a name of their own in the metrics. */
const NAMED_CERTIFICATES = 100;

/** `ends`: name and end of every certificate; both times in milliseconds since the epoch. */
export function certificateFacts(
  ends: readonly (readonly [name: string, notAfterMs: number])[],
  nowMs: number,
): CertificateFacts {
  return {
    count: ends.length,
    expired: ends.filter(([, notAfterMs]) => notAfterMs <= nowMs).length,
    soonest: ends
      .toSorted(([, one], [, other]) => one - other)
      .slice(0, NAMED_CERTIFICATES)
      .map(([name, notAfterMs]) => [name, Math.floor(notAfterMs / 1000)]),
  };
}
