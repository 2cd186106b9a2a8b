import { ALGORITHMS } from "../crypto/backend.ts";
import { cryptoBackend } from "../crypto/default-backend.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import { concatBytes } from "../values/bytes.ts";
import type { Envelope, SignedBlock } from "../wire/envelope.ts";
import { BoundedCache } from "./bounded-cache.ts";

const ENCODER = new TextEncoder();
const NOTHING = new Uint8Array();

/** A byte string with its length in front, so that no two lists of parts are one string of bytes. */
function framed(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}

const algorithmOf = (key: PublicKey): number => ALGORITHMS.indexOf(key.algorithm);

/** Everything of a block that signatures say something about, and the signatures. */
function framesOf({ data, nextKey, signature, external, version }: SignedBlock): Uint8Array[] {
  const kinds = [version, algorithmOf(nextKey), external ? algorithmOf(external.publicKey) : 0xff];
  return [
    Uint8Array.from(kinds),
    framed(data),
    framed(nextKey.view),
    framed(signature),
    framed(external?.publicKey.view ?? NOTHING),
    framed(external?.signature ?? NOTHING),
  ];
}

/** How far a chain is known to be right. */
export interface KnownPrefix {
  /** Blocks from the first whose signatures have been verified. */
  readonly blocks: number;
  /** Of the last of them, with what was prepared to verify with it. */
  readonly nextKey: PublicKey;
}

/**
 * Remembers beginnings of chains whose signatures were right under a root key, so that a token that was attenuated, or that
 * shares its authority block with others, has only its new blocks verified. Known by digest of root key and blocks.
 */
export class VerifiedPrefixes {
  readonly #known: BoundedCache<PublicKey>;

  constructor(maxEntries: number) {
    this.#known = new BoundedCache({ maxEntries, maxBytes: Number.POSITIVE_INFINITY });
  }

  /** One digest for each beginning of the chain, the shortest first. */
  digestsOf(envelope: Envelope, root: PublicKey): readonly string[] {
    let last = `${root.toString()}\n`;
    return envelope.blocks.map((block) => {
      last = cryptoBackend().digest(concatBytes(ENCODER.encode(last), ...framesOf(block)));
      return last;
    });
  }

  /** The longest beginning that is known. */
  find(digests: readonly string[]): KnownPrefix | undefined {
    for (let blocks = digests.length; blocks > 0; blocks--) {
      const nextKey = this.#known.get(digests[blocks - 1] ?? "");
      if (nextKey !== undefined) return { blocks, nextKey };
    }
    return undefined;
  }

  /** Call only when every signature of the chain has been verified. */
  add(envelope: Envelope, digests: readonly string[], from: number): void {
    for (let i = from; i < digests.length; i++) {
      const block = envelope.blocks[i];
      if (block !== undefined) this.#known.set(digests[i] ?? "", block.nextKey, 0);
    }
  }
}
