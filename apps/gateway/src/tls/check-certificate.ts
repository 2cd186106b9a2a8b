import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Certificate } from "@bastide/contracts";
import { type EntryChange, isCertificate } from "../control/entry.ts";

/** A certificate that would not do what it is there for; the table it came with is refused. */
export class InvalidCertificate extends Error {
  override readonly name = "InvalidCertificate";
}

/** Throws InvalidCertificate for the first of the changes' certificates that would not do. */
export function checkCertificates(changes: readonly EntryChange[]): void {
  for (const [, entry] of changes) if (entry && isCertificate(entry)) checkCertificate(entry);
}

/**
 * Throws InvalidCertificate unless the chain can be read, its first certificate is good for every host it is listed
 * for, and the key is that certificate's. Whether it is valid now is the client's to judge.
 */
export function checkCertificate({ name, hosts, chain, key }: Certificate): void {
  const leaf = parse(name, chain);
  for (const host of hosts)
    if (!namesHost(leaf, host))
      throw new InvalidCertificate(
        `the certificate ${name} is listed for ${host}, but is good for ${leaf.subjectAltName ?? "no name"} only`,
      );
  if (!isKeyOf(leaf, key))
    throw new InvalidCertificate(`the certificate ${name} came with a key that is not its own`);
}

function parse(name: string, chain: string): X509Certificate {
  try {
    return new X509Certificate(chain);
  } catch (cause) {
    throw new InvalidCertificate(`the certificate ${name} cannot be read as PEM`, { cause });
  }
}

/** A wildcard must be there as such: it is good for more than any one name that could be tried. */
function namesHost(leaf: X509Certificate, host: string): boolean {
  if (!host.startsWith("*."))
    return leaf.checkHost(host, { subject: "never", partialWildcards: false }) !== undefined;
  return (leaf.subjectAltName ?? "").split(", ").includes(`DNS:${host}`);
}

function isKeyOf(leaf: X509Certificate, pem: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(pem));
  } catch {
    return false;
  }
}
