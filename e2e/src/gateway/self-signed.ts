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

/** A certificate for one host that vouches for itself, good from a day ago for `lifeMs` from now, to whole seconds. */
export async function selfSigned(host: string, lifeMs = DAY_MS): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
  const end = Math.floor((Date.now() + lifeMs) / 1000) * 1000;
  const [notBefore, notAfter] = [new Date(end - lifeMs - DAY_MS), new Date(end)];
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${host}`,
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = pkcs8.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    name: `private-ca:${host}`,
    hosts: [host],
    chain: certificate.toString("pem"),
    key: ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n"),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    source: "private-ca",
  };
}
