import type { KeyPair } from "../crypto/key-pair.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import type { Envelope } from "../wire/envelope.ts";
import {
  addBlockChecks,
  checkSignature,
  checkSignatureAsync,
  holderOf,
  sealCheck,
  type SignatureCheck,
} from "./chain.ts";
import type { KnownPrefix, VerifiedPrefixes } from "./verified-prefixes.ts";

/** What verifying a chain has found out. */
export interface VerifiedChain {
  /** The one of the candidates that signed the authority block. */
  readonly root: PublicKey;
  /** Of an open token: what it can be attenuated with. */
  readonly holder: KeyPair | undefined;
}

/** A chain under one root key: what is left to check. */
interface Outstanding {
  readonly root: PublicKey;
  readonly checks: readonly SignatureCheck[];
  /** To be called when all of them are right. */
  readonly remember: () => void;
}

function outstandingOf(
  envelope: Envelope,
  root: PublicKey,
  prefixes: VerifiedPrefixes | undefined,
): Outstanding {
  const digests = prefixes?.digestsOf(envelope, root) ?? [];
  const known = prefixes?.find(digests) ?? { blocks: 0, nextKey: root };
  return {
    root,
    checks: checksAfter(known, envelope),
    remember: () => prefixes?.add(envelope, digests, known.blocks),
  };
}

/** Those of the blocks after a beginning that is known to be right, and of the seal. */
function checksAfter(known: KnownPrefix, envelope: Envelope): readonly SignatureCheck[] {
  let signer = known.nextKey;
  const checks: SignatureCheck[] = [];
  for (let index = known.blocks; index < envelope.blocks.length; index++) {
    addBlockChecks(checks, envelope, index, signer);
    signer = envelope.blocks[index]?.nextKey ?? signer;
  }
  const seal = sealCheck(envelope, signer);
  if (seal !== undefined) checks.push(seal);
  return checks;
}

const noneOf = (roots: readonly PublicKey[]): BiscuitError =>
  new BiscuitError(
    "invalid-signature",
    `the signature of block 0 is of none of the ${roots.length} root keys`,
  );

/** Whether an error says only that this root key did not sign; another one may have. */
const isWrongKey = (error: unknown): boolean =>
  error instanceof BiscuitError && error.code.startsWith("invalid-signature");

/** The first root key that signed the authority block; tried one by one only when there are several. */
function choose(
  envelope: Envelope,
  roots: readonly PublicKey[],
  prefixes: VerifiedPrefixes | undefined,
): Outstanding {
  for (const root of roots) {
    const outstanding = outstandingOf(envelope, root, prefixes);
    const [authority] = outstanding.checks;
    if (roots.length === 1 || authority?.key !== root) return outstanding;
    try {
      checkSignature(authority);
      return { ...outstanding, checks: outstanding.checks.slice(1) };
    } catch (error) {
      if (!isWrongKey(error)) throw error;
    }
  }
  throw noneOf(roots);
}

/**
 * Verifies every signature of a chain, and its end. `roots` are the keys that may have signed the authority block, at
 * least one. Throws `invalid-signature` or `invalid-signature-format`, and `async-required` where the platform has
 * P-256 as promises only.
 */
export function verifyChain(
  envelope: Envelope,
  roots: readonly PublicKey[],
  prefixes?: VerifiedPrefixes,
): VerifiedChain {
  const { root, checks, remember } = choose(envelope, roots, prefixes);
  for (const check of checks) checkSignature(check);
  const holder = holderOf(envelope);
  remember();
  return { root, holder };
}

/** Signatures that are verified side by side: as many as Node has threads for it unless told otherwise. */
const SIDE_BY_SIDE = 4;

async function chooseAsync(
  envelope: Envelope,
  roots: readonly PublicKey[],
  prefixes: VerifiedPrefixes | undefined,
): Promise<Outstanding> {
  for (const root of roots) {
    const outstanding = outstandingOf(envelope, root, prefixes);
    const [authority] = outstanding.checks;
    if (roots.length === 1 || authority?.key !== root) return outstanding;
    try {
      await checkSignatureAsync(authority);
      return { ...outstanding, checks: outstanding.checks.slice(1) };
    } catch (error) {
      if (!isWrongKey(error)) throw error;
    }
  }
  throw noneOf(roots);
}

/** As `verifyChain`, on every platform, with a few signatures at a time: a forgery of many blocks costs a few, not all. */
export async function verifyChainAsync(
  envelope: Envelope,
  roots: readonly PublicKey[],
  prefixes?: VerifiedPrefixes,
): Promise<VerifiedChain> {
  const { root, checks, remember } = await chooseAsync(envelope, roots, prefixes);
  for (let i = 0; i < checks.length; i += SIDE_BY_SIDE) {
    const results = await Promise.allSettled(
      checks.slice(i, i + SIDE_BY_SIDE).map(checkSignatureAsync),
    );
    // The first in the order of the chain, so that both ways report the same.
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }
  const holder = holderOf(envelope);
  remember();
  return { root, holder };
}
