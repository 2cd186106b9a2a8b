import { randomBytes, webcrypto } from "node:crypto";
import type { Issued } from "../domain/issued.ts";
import { NAME_CONSTRAINTS, nameConstraints } from "./name-constraints.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AUTHORITY_DAYS = 3_650;
/** Below the 398 days that browsers take at most. */
const LEAF_DAYS = 90;
const KEYS = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

/**
 * Loaded when something has to be issued: at most a few times in a platform's life, and it takes 20 MB.
 */
async function library() {
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

/** What certificates are good for: to answer as a server, or to call as a client too. */
export type Purpose = "server" | "server-and-client";

/** A new authority that is good for names at and below `domain` only. */
export async function issueAuthority(
  domain: string,
  now: Date,
  purpose: Purpose = "server",
): Promise<Issued> {
  const x509 = await library();
  const keys = await generateKeys();
  const life = lifeFrom(now, AUTHORITY_DAYS);
  const { KeyUsageFlags, ExtendedKeyUsage } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: ["Bastide"] }, { CN: [`Bastide authority for ${domain}`.slice(0, 64)] }],
    ...life,
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new x509.ExtendedKeyUsageExtension(usagesFor(purpose, ExtendedKeyUsage)),
      new x509.Extension(NAME_CONSTRAINTS, true, nameConstraints(domain)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { chain: pemOf(certificate), key: await keyPem(keys), ...life };
}

const usagesFor = (
  purpose: Purpose,
  { serverAuth, clientAuth }: { readonly serverAuth: string; readonly clientAuth: string },
): string[] => (purpose === "server" ? [serverAuth] : [serverAuth, clientAuth]);

/** A server's certificate for `hosts` and a new key, never longer than its authority's. */
export async function issueLeaf(
  authority: Pick<Issued, "chain" | "key">,
  hosts: readonly string[],
  now: Date,
  purpose: Purpose = "server",
): Promise<Issued> {
  const keys = await generateKeys();
  const wish = { hosts, publicKey: keys.publicKey, purpose, days: LEAF_DAYS };
  return { ...(await certify(authority, wish, now)), key: await keyPem(keys) };
}

/** A certificate for somebody else's key on P-256, given as the PEM of its public half. */
export async function issueForKey(
  authority: Pick<Issued, "chain" | "key">,
  wish: Omit<Wish, "publicKey"> & { readonly publicKey: string },
  now: Date,
): Promise<Omit<Issued, "key">> {
  const der = Buffer.from(wish.publicKey.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
  const publicKey = await webcrypto.subtle.importKey("spki", der, KEYS, true, ["verify"]);
  return certify(authority, { ...wish, publicKey }, now);
}

interface Wish {
  readonly hosts: readonly string[];
  readonly publicKey: webcrypto.CryptoKey;
  readonly purpose: Purpose;
  readonly days: number;
}

async function certify(
  authority: Pick<Issued, "chain" | "key">,
  { hosts, publicKey, purpose, days }: Wish,
  now: Date,
): Promise<Omit<Issued, "key">> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.chain);
  const life = lifeFrom(now, days);
  if (issuer.notAfter < life.notAfter) life.notAfter = issuer.notAfter;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    // Names are in the extension; a subject may be empty then, but some tools show nothing else.
    subject: [{ CN: [(hosts[0] ?? "").slice(0, 64)] }],
    issuer: issuer.subjectName,
    ...life,
    publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usagesFor(purpose, x509.ExtendedKeyUsage)),
      new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: "dns", value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { chain: pemOf(certificate), ...life };
}

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);

/** From an hour ago, for clients whose clocks are behind; whole seconds, as a certificate has them. */
function lifeFrom(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  const startMs = Math.floor((now.getTime() - HOUR_MS) / 1000) * 1000;
  return { notBefore: new Date(startMs), notAfter: new Date(startMs + days * DAY_MS) };
}

/** Positive, unguessable and of 16 bytes (CA/Browser Forum BR §7.1 wants 64 bits of them random). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

const pemOf = (certificate: { toString(format: "pem"): string }): string =>
  `${certificate.toString("pem").trim()}\n`;

async function keyPem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey("pkcs8", privateKey);
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const body = pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  return webcrypto.subtle.importKey("pkcs8", Buffer.from(body, "base64"), KEYS, false, ["sign"]);
}
