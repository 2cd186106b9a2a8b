import { z } from "zod";
import { Timestamp } from "../identifiers.ts";

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";

/** A host name in lower case without a trailing dot (RFC 1123 §2.1); internationalised ones as A-labels (RFC 5890). */
export const HostName: z.ZodString = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^${LABEL}(?:\\.${LABEL})*$`),
    "must be a host name in lower case, as shop.example.org",
  );

/** A host name, or `*.` and one: then it stands for every name with one label more (RFC 9525 §6.3). */
export const CertificateHost: z.ZodString = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`),
    "must be a host name, or a wildcard of one label as *.example.org",
  );

/** private-ca: issued by the platform's own authority; acme: by a public one; uploaded: brought by its owner. */
export const CertificateSource = z.enum(["private-ca", "acme", "uploaded"]);
export type CertificateSource = z.infer<typeof CertificateSource>;

const Pem = z.string().startsWith("-----BEGIN ").max(100_000);

/**
 * A certificate as gateways get it. The key travels in the config stream alone: never in a log, an answer of the API or
 * a file that is not sealed.
 */
export const Certificate = z.strictObject({
  /** Unique, stable over renewals: source and first host. */
  name: z.string().min(1).max(300),
  hosts: z.array(CertificateHost).min(1).max(100),
  /** PEM: the certificate, then those between it and its root. */
  chain: Pem,
  /** PEM, PKCS #8. */
  key: Pem,
  notBefore: Timestamp,
  notAfter: Timestamp,
  source: CertificateSource,
  /** An uploaded one whose chain leads to no authority that browsers know: only those who were told of it trust it. */
  isPrivate: z.boolean().optional(),
  /** For clients that name no host: those that connect by an address. One certificate at most. */
  isDefault: z.boolean().optional(),
});
export type Certificate = z.infer<typeof Certificate>;

export const certificateKey = ({ name }: Pick<Certificate, "name">): string =>
  `certificate/${name}`;

/** What a public authority looks for at a host before it issues a certificate for it (RFC 8555 §8, RFC 8737). */
export const AcmeChallenge = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("http-01"),
    token: z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/)
      .max(300),
    host: HostName,
    /** The body of the answer. */
    keyAuthorization: z.string().max(500),
  }),
  z.strictObject({
    kind: z.literal("tls-alpn-01"),
    token: z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/)
      .max(300),
    host: HostName,
    chain: Pem,
    key: Pem,
  }),
]);
export type AcmeChallenge = z.infer<typeof AcmeChallenge>;

export const acmeChallengeKey = ({ token }: Pick<AcmeChallenge, "token">): string =>
  `acme-challenge/${token}`;

/** The platform's own authority, for whoever decides to trust it. */
export const CertificateAuthority = z.object({
  /** PEM. */
  certificate: z.string(),
  /** SHA-256 of the certificate, in hexadecimal pairs with colons. */
  fingerprint: z.string(),
  /** The only domain that its certificates are good for. */
  domain: z.string(),
  notAfter: Timestamp,
});
export type CertificateAuthority = z.infer<typeof CertificateAuthority>;
