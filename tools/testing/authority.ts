import "reflect-metadata";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { randomBytes, webcrypto } from "node:crypto";

cryptoProvider.set(webcrypto);

const KEYS = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

/** PEM: a certificate and its key. */
export interface Pair {
  readonly chain: string;
  readonly key: string;
}

export interface Life {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** An authority of a test: issues certificates for servers and for clients. */
export class Authority {
  readonly pem: string;
  readonly #certificate: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(certificate: X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.pem = certificate.toString("pem");
  }

  static async make(name: string, life: Life = {}): Promise<Authority> {
    const keys = await webcrypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: `CN=${name}`,
      ...lifeOf(life),
      keys,
      signingAlgorithm: SIGNATURE,
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    return new Authority(certificate, keys);
  }

  async pair(subject: string, hosts: readonly string[] = [], life: Life = {}): Promise<Pair> {
    const keys = await webcrypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serial(),
      subject,
      issuer: this.#certificate.subjectName,
      ...lifeOf(life),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]),
        ...(hosts.length > 0
          ? [new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: "dns", value })))]
          : []),
      ],
    });
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
    return {
      chain: certificate.toString("pem"),
      key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString("base64")}\n-----END PRIVATE KEY-----\n`,
    };
  }
}

const serial = (): string => `40${randomBytes(15).toString("hex")}`;

/** To whole seconds, as certificates have them; by default good for a month from a day ago. */
export function lifeOf({ notBefore, notAfter }: Life): Required<Life> {
  const second = Math.floor(Date.now() / 1000) * 1000;
  return {
    notBefore: notBefore ?? new Date(second - DAY_MS),
    notAfter: notAfter ?? new Date(second + 30 * DAY_MS),
  };
}
