import { z } from "zod";
import { Timestamp } from "../identifiers.ts";

/** A public key under which tokens are valid; gone from the stream, it verifies nothing any more. */
export const TrustedRootKey = z.strictObject({
  /** The root key id that tokens name. */
  id: z.number().int().min(0).max(0xffff_ffff),
  /** `ed25519/<hexadecimal>`. */
  publicKey: z.string().max(200),
});
export type TrustedRootKey = z.infer<typeof TrustedRootKey>;

/** Names one block of a token: its signature in hexadecimal, in lower case. */
export const RevocationId: z.ZodString = z
  .string()
  .regex(
    /^(?:[0-9a-f]{2}){32,160}$/,
    "a revocation id is a signature in hexadecimal; `bastide token inspect` shows it",
  );

/** A token that is not valid any more, nor any that was attenuated from it. */
export const Revocation = z.strictObject({
  id: RevocationId,
  /** When every token that has the block has expired: then nobody needs to remember. Absent when that is not known. */
  expiresAt: Timestamp.optional(),
});
export type Revocation = z.infer<typeof Revocation>;

/** A revocation as it is recorded. */
export const RevocationRecord = Revocation.extend({
  createdAt: Timestamp,
  /** Who revoked. */
  createdBy: z.string(),
});
export type RevocationRecord = z.infer<typeof RevocationRecord>;

/** A revocation that was made, and whether every gateway acts by it now. */
export const RevocationMade = RevocationRecord.extend({ inForce: z.boolean() });
export type RevocationMade = z.infer<typeof RevocationMade>;

export const rootKeyKey = ({ id }: Pick<TrustedRootKey, "id">): string => `root-key/${id}`;
export const revocationKey = ({ id }: Pick<Revocation, "id">): string => `revocation/${id}`;
