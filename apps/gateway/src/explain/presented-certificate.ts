import { X509Certificate } from "node:crypto";
import { chainFrom, type ClientProof, identityOf, isIssuedBy } from "../tls/client-identity.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What a client would prove by certificates (PEM, its own first), as a handshake judges them: each must be valid now and
 * issued by the next, and the last one by an authority of the host. `nowMs`: milliseconds since the epoch.
 */
export function proofIn(
  pem: string | undefined,
  authorities: readonly string[],
  nowMs: number = Date.now(),
): ClientProof {
  if (pem === undefined) return { kind: "none" };
  const presented = read(pem);
  const [leaf] = presented;
  if (!leaf) return { kind: "unverified", reason: "it cannot be read as PEM" };
  const chain = chainFrom(leaf, presented);
  const bad = chain.find((one) => !isValid(one, nowMs));
  if (bad) return { kind: "unverified", reason: `${oneLine(bad)} is valid until ${bad.validTo}` };
  if (!isIssuedBy(chain.slice(-1), authorities) && !isIssuedBy([leaf], authorities))
    return { kind: "unverified", reason: "no authority of this host has issued it" };
  return { kind: "verified", identity: identityOf(leaf), chain };
}

function read(pem: string): X509Certificate[] {
  try {
    return (pem.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one));
  } catch {
    return [];
  }
}

const isValid = ({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean =>
  validFromDate.getTime() <= nowMs && nowMs < validToDate.getTime();

const oneLine = ({ subject }: X509Certificate): string => subject.split("\n").join(",");
