import { z } from "zod";
import { Timestamp } from "../identifiers.ts";

/** A record to be written at whoever serves the domain's DNS. */
export const DnsRecord = z.object({
  type: z.enum(["A", "AAAA", "CNAME", "CAA"]),
  name: z.string(),
  value: z.string(),
});
export type DnsRecord = z.infer<typeof DnsRecord>;

/** What the DNS says of a domain now, and what is missing for it to reach this platform and get a certificate. */
export const DomainCheck = z.object({
  ok: z.boolean(),
  checkedAt: Timestamp,
  /** Addresses, aliases and CAA records as they were found. */
  found: z.array(DnsRecord),
  problems: z.array(
    z.object({
      /** The fact, and what to do. */
      message: z.string(),
      /** Records that put it right: all of them. */
      records: z.array(DnsRecord),
    }),
  ),
});
export type DomainCheck = z.infer<typeof DomainCheck>;

/** issued: in use; waiting: the DNS is not ready; pending: asked for, or about to be; failed: tried again later. */
export const DomainCertificate = z.object({
  state: z.enum(["issued", "waiting", "pending", "failed", "off"]),
  /** Where the one in use is from; absent: none is. */
  source: z.enum(["acme", "uploaded"]).optional(),
  /** Why it is not issued, or not renewed. */
  reason: z.string().optional(),
  notAfter: Timestamp.optional(),
  nextAttemptAt: Timestamp.optional(),
});
export type DomainCertificate = z.infer<typeof DomainCertificate>;

/** A host name of a tenant's own that leads to an app in an environment. */
export const Domain = z.object({
  domain: z.string(),
  app: z.string(),
  environment: z.string(),
  createdAt: Timestamp,
  certificate: DomainCertificate,
});
export type Domain = z.infer<typeof Domain>;

export const AddDomain = z.strictObject({ domain: z.string().min(1).max(255) });
export type AddDomain = z.infer<typeof AddDomain>;

/** A certificate of one's own. No answer ever has the key. */
export const UploadCertificate = z.strictObject({
  /** PEM: the domain's certificate, then each one's issuer. */
  certificate: z.string().min(1).max(100_000),
  /** PEM, not encrypted: it is sealed where it is kept. */
  key: z.string().min(1).max(20_000),
});
export type UploadCertificate = z.infer<typeof UploadCertificate>;

export const CheckedDomain = z.object({ ...Domain.shape, check: DomainCheck });
export type CheckedDomain = z.infer<typeof CheckedDomain>;
