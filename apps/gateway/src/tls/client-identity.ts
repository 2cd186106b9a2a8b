import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** Who a client proved to be by its certificate. */
export interface ClientIdentity {
  /** The subject's distinguished name in one line of ASCII (in the order of the certificate, as `CN=…,O=…`). */
  readonly subject: string;
  /** SHA-256 of the certificate, in lower-case hexadecimal. */
  readonly fingerprint: string;
}

export type ClientProof =
  | { readonly kind: "none" }
  /** A certificate came that no authority of the host has issued, or that is not valid now. */
  | { readonly kind: "unverified"; readonly reason: string }
  | {
      readonly kind: "verified";
      readonly identity: ClientIdentity;
      readonly chain: readonly X509Certificate[];
    };

/** What a connection's client proved at the handshake. */
export function proofOf(socket: TLSSocket): ClientProof {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { kind: "none" };
  if (!socket.authorized)
    return { kind: "unverified", reason: String(socket.authorizationError ?? "not verified") };
  return { kind: "verified", identity: identityOf(certificate), chain: chainOf(certificate) };
}

/** Whether one of `authorities` is the issuer of the chain, or in it. */
export function isIssuedBy(
  chain: readonly X509Certificate[],
  authorities: readonly string[],
): boolean {
  const roots = authorities.map((pem) => new X509Certificate(pem));
  return chain.some((one) =>
    roots.some(
      (root) =>
        one.fingerprint256 === root.fingerprint256 ||
        (one.checkIssued(root) && one.verify(root.publicKey)),
    ),
  );
}

/** A certificate and those of `others` that issued it, one after the other. */
export function chainFrom(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
): X509Certificate[] {
  const chain = [leaf];
  for (let last = leaf; chain.length < MOST_CHAIN;) {
    const issuer = others.find(
      (one) => !chain.includes(one) && last.checkIssued(one) && last.verify(one.publicKey),
    );
    if (!issuer) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** Certificates of one chain that are looked at. */
const MOST_CHAIN = 10;

function chainOf(leaf: X509Certificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (
    let one: X509Certificate | undefined = leaf;
    one && chain.length < MOST_CHAIN;
    one = one.issuerCertificate
  ) {
    if (chain.some(({ fingerprint256 }) => fingerprint256 === one?.fingerprint256)) break;
    chain.push(one);
  }
  return chain;
}

/** Anything but printable ASCII is percent-encoded, so that a header can carry it and no line can be broken. */
export const identityOf = ({ subject, fingerprint256 }: X509Certificate): ClientIdentity => ({
  subject: subject
    .split("\n")
    .join(",")
    .replaceAll(/[^ -$&-~]/gu, encodeURIComponent),
  fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
});
