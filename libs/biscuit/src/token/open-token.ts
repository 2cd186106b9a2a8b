import type { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { fromBase64 } from "../wire/base64.ts";
import { type Envelope, readEnvelope } from "../wire/envelope.ts";
import {
  type AsyncRevocationStore,
  checkRevocation,
  checkRevocationAsync,
  type RevocationStore,
} from "./revocation.ts";
import {
  type AsyncRootKeys,
  candidateKeys,
  candidateKeysAsync,
  type RootKeys,
} from "./root-keys.ts";
import { revocationIdsOf, TokenData } from "./token-data.ts";
import type { VerifiedPrefixes } from "./verified-prefixes.ts";
import { type VerifiedChain, verifyChain, verifyChainAsync } from "./verify.ts";

/** What verifying a token may be told besides the keys. */
export interface ParseOptions {
  /** Asked before any signature is verified. */
  readonly revocations?: RevocationStore;
}

/** As `ParseOptions`, where answers may come later. */
export interface AsyncParseOptions {
  readonly revocations?: RevocationStore | AsyncRevocationStore;
}

/** A token, or why there is none. */
export type Parsed<Token> =
  | { readonly ok: true; readonly token: Token }
  | { readonly ok: false; readonly error: BiscuitError };

/** What `make` gives, or the `BiscuitError` that it throws. */
export function safely<Token>(make: () => Token): Parsed<Token> {
  try {
    return { ok: true, token: make() };
  } catch (error) {
    if (error instanceof BiscuitError) return { ok: false, error };
    throw error;
  }
}

/** As `safely`. */
export async function safelyAsync<Token>(make: () => Promise<Token>): Promise<Parsed<Token>> {
  try {
    return { ok: true, token: await make() };
  } catch (error) {
    if (error instanceof BiscuitError) return { ok: false, error };
    throw error;
  }
}

/** The outer message of a token: text (URL-safe base64) or bytes. Verifies nothing. */
export const openToken = (token: string | Uint8Array): Envelope =>
  readEnvelope(typeof token === "string" ? fromBase64(token.trim()) : token);

/** A token whose signatures are right, and the root key that says so. */
export interface VerifiedToken {
  readonly data: TokenData;
  readonly root: PublicKey;
}

/**
 * The Datalog is decoded after the signatures are verified: nobody but a trusted signer, and those who hold its token, gets
 * to choose what the decoder sees.
 */
function decoded(envelope: Envelope, { root, holder }: VerifiedChain): VerifiedToken {
  const data = new TokenData(envelope, holder);
  data.decode();
  return { data, root };
}

/** Revocation, then signatures, then Datalog. Throws a code for each. */
export function verifyToken(
  envelope: Envelope,
  keys: RootKeys,
  { revocations }: ParseOptions,
  prefixes?: VerifiedPrefixes,
): VerifiedToken {
  if (revocations !== undefined) checkRevocation(revocationIdsOf(envelope), revocations);
  const roots = candidateKeys(keys, envelope.rootKeyId);
  return decoded(envelope, verifyChain(envelope, roots, prefixes));
}

/** As `verifyToken`. */
export async function verifyTokenAsync(
  envelope: Envelope,
  keys: RootKeys | AsyncRootKeys,
  { revocations }: AsyncParseOptions,
  prefixes?: VerifiedPrefixes,
): Promise<VerifiedToken> {
  if (revocations !== undefined) await checkRevocationAsync(revocationIdsOf(envelope), revocations);
  const roots = await candidateKeysAsync(keys, envelope.rootKeyId);
  return decoded(envelope, await verifyChainAsync(envelope, roots, prefixes));
}
