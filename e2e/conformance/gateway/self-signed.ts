import "reflect-metadata";
import { webcrypto } from "node:crypto";
import type { Certificate } from "@bastide/contracts";
import {
  cryptoProvider,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

cryptoProvider.set(webcrypto);

const KEYS = { name: "ECDSA", namedCurve: "P-256" } as const;
const DAY_MS = 86_400_000;

/** A certificate that vouches for itself, named by the first of its hosts and good for two days around now. */
export async function selfSigned(...hosts: readonly [string, ...string[]]): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
  const [notBefore, notAfter] = [new Date(Date.now() - DAY_MS), new Date(Date.now() + DAY_MS)];
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${hosts[0]}`,
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: "dns", value }))),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = pkcs8.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    name: `uploaded/${hosts[0]}`,
    hosts: [...hosts],
    chain: certificate.toString("pem"),
    key: ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n"),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    source: "uploaded",
    isDefault: true,
  };
}
