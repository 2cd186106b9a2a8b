import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Issued } from "../../certificates/domain/issued.ts";
import {
  checkDates,
  nameOf,
  NotUsable,
  oneLine,
  pemBlocksIn,
  pemOf,
} from "../../certificates/domain/pem.ts";

export interface Uploaded {
  /** PEM: the domain's certificate, then each one's issuer. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

const MOST_CERTIFICATES = 10;
/** id-kp-serverAuth, RFC 5280 §4.2.1.12. */
const SERVER = "1.3.6.1.5.5.7.3.1";
/** What the CA/Browser Forum takes (BR §6.1.5), so what clients take. */
const LEAST_RSA_BITS = 2_048;
const CURVES: readonly (string | undefined)[] = ["prime256v1", "secp384r1", "secp521r1"];

/**
 * What was uploaded for a domain, as it is kept: certificates and nothing else in the chain, the key as PKCS #8. Throws
 * NotUsable unless a client that trusts the chain's authority would take it for this domain now.
 */
export function readUploaded({ certificate, key }: Uploaded, domain: string, now: Date): Issued {
  const chain = readChain(certificate);
  const privateKey = readKey(key);
  const leaf = checkOrder(chain, privateKey);
  checkLeaf(leaf, domain);
  for (const one of chain) checkDates(one, now);
  return {
    chain: chain.map(pemOf).join(""),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    notBefore: leaf.validFromDate,
    // What the chain needs to be believed: an issuer that ends before takes it along.
    notAfter: new Date(Math.min(...chain.map((one) => one.validToDate.getTime()))),
  };
}

function readChain(text: string): X509Certificate[] {
  const blocks = pemBlocksIn(text);
  if (blocks.some(({ kind }) => kind.endsWith("PRIVATE KEY")))
    throw new NotUsable(
      "the certificate file has a private key in it; leave certificates only there, and give the key by itself",
    );
  const certificates = blocks.filter(({ kind }) => kind === "CERTIFICATE");
  if (certificates.length === 0)
    throw new NotUsable(
      "there is no certificate in PEM; of one in DER make it by: openssl x509 -inform der -in certificate.der -out certificate.pem",
    );
  if (certificates.length > MOST_CERTIFICATES)
    throw new NotUsable(
      `there are ${certificates.length} certificates, and ${MOST_CERTIFICATES} at most are taken: the domain's, then those that issued it`,
    );
  return certificates.map(({ pem }, i) => readCertificate(pem, i + 1));
}

function readCertificate(pem: string, number: number): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new NotUsable(`certificate ${number} of the chain cannot be read; copy it once more`, {
      cause,
    });
  }
}

function readKey(text: string): KeyObject {
  const keys = pemBlocksIn(text).filter(({ kind }) => kind.endsWith("PRIVATE KEY"));
  const [found] = keys;
  if (!found)
    throw new NotUsable(
      "there is no private key in PEM; give the one that the certificate was asked for with",
    );
  if (keys.length > 1)
    throw new NotUsable(`there are ${keys.length} private keys; give the certificate's own only`);
  const { pem } = found;
  if (/ENCRYPTED/.test(pem))
    throw new NotUsable(
      "the private key is encrypted; give it decrypted, it is kept sealed here: openssl pkey -in key.pem -out plain.pem",
    );
  return checkKey(parseKey(pem));
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // Without its cause, which might show something of it.
    throw new NotUsable("the private key cannot be read; copy it once more");
  }
}

function checkKey(key: KeyObject): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  const { modulusLength: bits = 0, namedCurve: curve } = details;
  if (type === "rsa" && bits < LEAST_RSA_BITS)
    throw new NotUsable(
      `the key is RSA of ${bits} bits, which clients refuse; take one of ${LEAST_RSA_BITS} at least, or one on P-256`,
    );
  if (type === "rsa" || (type === "ec" && CURVES.includes(curve))) return key;
  throw new NotUsable(
    `the key is of the kind ${curve ?? type}, which browsers do not take; take one on P-256 or an RSA key`,
  );
}

/** Gives the domain's certificate: the first one, whose key this is, and each is issued by the next. */
function checkOrder(chain: readonly X509Certificate[], key: KeyObject): X509Certificate {
  const own = chain.findIndex((one) => one.checkPrivateKey(key));
  if (own > 0)
    throw new NotUsable(
      `the chain is in the wrong order: the domain's certificate (${nameOf(chain[own])}) comes first, then each one's issuer`,
    );
  const [leaf] = chain;
  if (own < 0 || !leaf)
    throw new NotUsable(
      `the private key is not that of the certificate (${nameOf(leaf)}); give the one that it was asked for with`,
    );
  for (const [i, one] of chain.entries()) {
    const next = chain[i + 1];
    if (!next || isIssuedBy(one, next)) continue;
    const isElsewhere = chain.some((other) => other !== one && isIssuedBy(one, other));
    throw new NotUsable(
      isElsewhere
        ? `the chain is in the wrong order: ${nameOf(one)} is followed by ${nameOf(next)}, which did not issue it; each one's issuer comes next`
        : `${nameOf(next)} follows ${nameOf(one)} in the chain and did not issue it; put its issuer (${oneLine(one.issuer)}) there, or nothing`,
    );
  }
  return leaf;
}

const isIssuedBy = (one: X509Certificate, issuer: X509Certificate): boolean =>
  one.checkIssued(issuer) && one.verify(issuer.publicKey);

function checkLeaf(leaf: X509Certificate, domain: string): void {
  if (leaf.ca)
    throw new NotUsable(
      `${nameOf(leaf)} is an authority's certificate; give one that was issued for ${domain}`,
    );
  const usages: readonly string[] | undefined = leaf.keyUsage;
  if (usages !== undefined && !usages.includes(SERVER))
    throw new NotUsable(`${nameOf(leaf)} is not good for servers; ask for one that is`);
  if (leaf.checkHost(domain, { subject: "never", partialWildcards: false }) === undefined)
    throw new NotUsable(
      `the certificate is not good for ${domain}, but for ${leaf.subjectAltName ?? "no name"}; give one that names it`,
    );
}
