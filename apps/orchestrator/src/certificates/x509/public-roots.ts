import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Made when an uploaded certificate is first met; some 150. */
let publicRoots: readonly X509Certificate[] | undefined;

/**
 * Whether a chain (PEM, each followed by its issuer) ends at or right below an authority that browsers know: one of
 * Mozilla's program, as Node bundles it.
 */
export function leadsToPublicRoot(
  chain: string,
  roots: readonly X509Certificate[] = (publicRoots ??= read(rootCertificates)),
): boolean {
  const [last] = read(chain.match(CERTIFICATE)?.slice(-1) ?? []);
  return last !== undefined && roots.some((root) => isOrIssued(root, last));
}

const read = (pems: readonly string[]): X509Certificate[] =>
  pems.map((pem) => new X509Certificate(pem));

const isOrIssued = (root: X509Certificate, one: X509Certificate): boolean =>
  one.fingerprint256 === root.fingerprint256 ||
  (one.checkIssued(root) && one.verify(root.publicKey));
