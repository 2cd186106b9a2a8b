import { z } from "zod";
import { NodeName, Timestamp } from "../identifiers.ts";

/** What an operator asks for, to let a machine in. */
export const CreateJoinToken = z.strictObject({
  /** Good for a node of this name only, also where there is one already: it is set up anew, and the old one is shut out. */
  node: NodeName.optional(),
  minutes: z.number().int().min(1).max(1_440).default(15),
});
export type CreateJoinToken = z.infer<typeof CreateJoinToken>;

/** Shown once: only its digest is kept. */
export const JoinToken = z.object({
  /** `bastide-join.<fingerprint of the node authority>.<Biscuit>`. */
  token: z.string(),
  expiresAt: Timestamp,
  node: NodeName.optional(),
});
export type JoinToken = z.infer<typeof JoinToken>;

export const JoinNode = z.strictObject({
  name: NodeName,
  /** PEM of the key that becomes the node's identity. */
  publicKey: z.string().max(1_000),
  /** By that key, over the token and the name. */
  proof: z.string().max(200),
});
export type JoinNode = z.infer<typeof JoinNode>;

/** All that a node needs to be one, besides its own key. */
export const NodeIdentity = z.object({
  name: NodeName,
  token: z.string(),
  /** PEM: the node's certificate, then the authority's. */
  certificate: z.string(),
  /** PEM of the node authority, the only one that the platform's programs believe. */
  authority: z.string(),
  /** What tokens of the platform are verified with. */
  rootKeys: z.array(z.object({ id: z.number().int(), publicKey: z.string() })),
  /** When token and certificate end; they are renewed when half of the time is over. */
  expiresAt: Timestamp,
});
export type NodeIdentity = z.infer<typeof NodeIdentity>;

export const NodeChallenge = z.object({ challenge: z.string() });
export type NodeChallenge = z.infer<typeof NodeChallenge>;

export const RenewNode = z.strictObject({
  challenge: z.string().max(500),
  /** By the node's key, over the challenge and its name. */
  proof: z.string().max(200),
});
export type RenewNode = z.infer<typeof RenewNode>;

const TICKET = /^bastide-join\.([\w-]{43})\.([\w=-]{20,4096})$/;

export const joinTicket = (fingerprint: string, token: string): string =>
  `bastide-join.${fingerprint}.${token}`;

/** The parts of a join token as it is written down; undefined for what is none. */
export function readJoinTicket(
  text: string,
): { readonly fingerprint: string; readonly token: string } | undefined {
  const [, fingerprint, token] = TICKET.exec(text.trim()) ?? [];
  return fingerprint === undefined || token === undefined ? undefined : { fingerprint, token };
}
