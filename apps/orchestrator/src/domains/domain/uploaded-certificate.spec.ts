import "reflect-metadata";
import {
  BasicConstraintsExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Issued } from "../../certificates/domain/issued.ts";
import { issueAuthority, issueLeaf } from "../../certificates/x509/issue.ts";
import { readUploaded } from "./uploaded-certificate.ts";

const DOMAIN = "www.example.org";
const NOW = new Date("2026-06-01T12:00:00Z");
const LONG_AGO = new Date("2026-01-01T00:00:00Z");

let root: Issued;
let otherRoot: Issued;
let leaf: Issued;
beforeAll(async () => {
  root = await issueAuthority("example.org", LONG_AGO);
  otherRoot = await issueAuthority("example.org", LONG_AGO);
  leaf = await issueLeaf(root, [DOMAIN], NOW);
});

const read = (certificate: string, key: string, domain = DOMAIN): Issued =>
  readUploaded({ certificate, key }, domain, NOW);

it("takes a chain and its key, with any text around, and keeps certificates and a PKCS #8 key alone", () => {
  const certificate = `Bag Attributes\n  friendlyName: x\n${leaf.chain}\r\nissuer=\n${root.chain}`;
  const taken = read(certificate, leaf.key);
  expect(taken.chain).toBe(leaf.chain + root.chain);
  expect(taken.key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect([taken.notBefore, taken.notAfter]).toEqual([leaf.notBefore, leaf.notAfter]);
  expect(read(leaf.chain, leaf.key).chain).toBe(leaf.chain);
});

it("takes a wildcard for the names that it is good for, and no others", async () => {
  const wildcard = await issueLeaf(root, ["*.example.org"], NOW);
  expect(read(wildcard.chain, wildcard.key).chain).toBe(wildcard.chain);
  expect(() => read(wildcard.chain, wildcard.key, "a.b.example.org")).toThrow(
    "the certificate is not good for a.b.example.org, but for DNS:*.example.org; give one that names it",
  );
  expect(() => read(wildcard.chain, wildcard.key, "example.org")).toThrow(/not good for/);
});

it("ends with whichever in its chain ends first", async () => {
  const soon = new Date("2026-06-09T00:00:00Z");
  expect(leaf.notAfter > soon).toBe(true);
  const taken = read(leaf.chain + (await rootThatEnds(soon)), leaf.key);
  expect(taken.notAfter).toEqual(soon);
});

/** The root's name and key in a certificate of another life. */
async function rootThatEnds(notAfter: Date): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
  const { subtle } = webcrypto;
  const key = createPrivateKey(root.key);
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const keys = {
    privateKey: await subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
    publicKey: await subtle.importKey("spki", spki, algorithm, true, ["verify"]),
  };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: new X509Certificate(root.chain).subject,
    notBefore: LONG_AGO,
    notAfter,
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return `${certificate.toString("pem")}\n`;
}

describe("what clients would not take is refused, with the fact and what to do", () => {
  const rsa = () =>
    generateKeyPairSync("rsa", {
      modulusLength: 1_024,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    }).privateKey;
  const pkcs8 = { type: "pkcs8", format: "pem" } as const;
  const encrypted = () =>
    generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ ...pkcs8, cipher: "aes-256-cbc", passphrase: "secret" })
      .toString();
  const legacy = () =>
    generateKeyPairSync("rsa", { modulusLength: 2_048 })
      .privateKey.export({ type: "pkcs1", format: "pem", cipher: "aes-128-cbc", passphrase: "s" })
      .toString();
  const ed25519 = () => generateKeyPairSync("ed25519").privateKey.export(pkcs8).toString();
  const damaged = (pem: string) => pem.replace(/\n[^\n]{20}/, "\nAAAAAAAAAAAAAAAAAAAA");

  const cases: readonly (readonly [string, () => readonly [string, string], RegExp])[] = [
    [
      "no certificate",
      () => ["hello", leaf.key],
      /no certificate in PEM.*openssl x509 -inform der/,
    ],
    [
      "a damaged one",
      () => [damaged(leaf.chain), leaf.key],
      /certificate 1 of the chain cannot be/,
    ],
    [
      "a key in the chain's file",
      () => [leaf.chain + leaf.key, leaf.key],
      /has a private key in it; leave certificates only/,
    ],
    ["no key", () => [leaf.chain, leaf.chain], /no private key in PEM/],
    [
      "a damaged key",
      () => [leaf.chain, damaged(leaf.key)],
      /key cannot be read; copy it once more$/,
    ],
    ["two keys", () => [leaf.chain, leaf.key + root.key], /there are 2 private keys/],
    ["an encrypted key", () => [leaf.chain, encrypted()], /is encrypted.*openssl pkey/],
    ["an encrypted key of old", () => [leaf.chain, legacy()], /is encrypted.*openssl pkey/],
    ["a short key", () => [leaf.chain, rsa()], /RSA of 1024 bits/],
    ["a key that browsers do not know", () => [leaf.chain, ed25519()], /kind ed25519/],
    ["another one's key", () => [leaf.chain, root.key], /is not that of the certificate \(CN=www/],
    [
      "the chain upside down",
      () => [root.chain + leaf.chain, leaf.key],
      /wrong order: the domain's certificate \(CN=www\.example\.org\) comes first/,
    ],
    [
      "another one's issuer",
      () => [leaf.chain + otherRoot.chain, leaf.key],
      /did not issue it; put its issuer \(O=Bastide, CN=Bastide authority for example\.org\)/,
    ],
    [
      "an issuer in the wrong place",
      () => [leaf.chain + otherRoot.chain + root.chain, leaf.key],
      /wrong order: CN=www.*each one's issuer comes next/,
    ],
    [
      "eleven certificates",
      () => [leaf.chain + root.chain.repeat(10), leaf.key],
      /there are 11 certificates, and 10 at most/,
    ],
    ["an authority's own", () => [root.chain, root.key], /is an authority's certificate/],
  ];

  it.each(cases)("%s", (_, given, why) => {
    const [certificate, key] = given();
    expect(() => read(certificate, key)).toThrow(why);
  });

  it("blocks that are opened and never closed, in a time that grows with the text and no more", () => {
    const text = "-----BEGIN CERTIFICATE-----\n".repeat(200_000);
    const began = process.cpuUsage();
    expect(() => read(text, leaf.key)).toThrow(/no certificate in PEM/);
    // Some tens of milliseconds; in a time that grew with the square it would be minutes.
    expect(process.cpuUsage(began).user).toBeLessThan(5_000_000);
  });

  it("one that is not valid now, or whose issuer is not", async () => {
    const old = await issueLeaf(root, [DOMAIN], LONG_AGO);
    expect(() => read(old.chain, old.key)).toThrow(
      `CN=${DOMAIN} expired at ${old.notAfter.toISOString()}; give one that is valid now`,
    );
    const later = await issueLeaf(root, [DOMAIN], new Date("2026-06-03T00:00:00Z"));
    expect(() => read(later.chain, later.key)).toThrow(/is valid from 2026-06-02T23/);
    const ended = await issueAuthority("example.org", new Date("2010-01-01T00:00:00Z"));
    const young = await issueLeaf(root, [DOMAIN], NOW);
    expect(() => read(young.chain + ended.chain, young.key)).toThrow(/did not issue it|expired/);
  });

  it.each(cases)("and nothing shows the key: %s", (_, given) => {
    const [certificate, key] = given();
    const [, bytes = ""] = key.split("\n");
    const refuse = () => read(certificate, key);
    expect(refuse).toThrow(/./);
    expect(refuse).not.toThrow(bytes);
  });
});
