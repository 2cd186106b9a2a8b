import { canonicalSignature } from "../crypto/ecdsa-der.ts";
import type { KeyPair } from "../crypto/key-pair.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import type { TokenProgram } from "../policy/token-program.ts";
import { printBlock } from "../syntax/print-statement.ts";
import { fromHex, toHex } from "../values/hex.ts";
import { type DecodedBlock, readBlock } from "../wire/block-codec.ts";
import type { Envelope } from "../wire/envelope.ts";
import { FieldQuota } from "../wire/message-reader.ts";
import { SymbolTable } from "../wire/symbols.ts";
import { holderOf, lastBlock } from "./chain.ts";

/** A block of a token, decoded. */
export interface TokenBlock extends DecodedBlock {
  readonly externalKey: PublicKey | undefined;
}

/** What a token tells about one of its blocks. */
export interface BlockDescription {
  /** Datalog, one statement a line. */
  readonly source: string;
  /** 3 to 6. */
  readonly version: number;
  readonly context: string | undefined;
  /** Of the third party that signed it. */
  readonly externalKey: PublicKey | undefined;
  /** Hexadecimal; see `revocationIds` of a token. */
  readonly revocationId: string;
  /** Strings that the block adds to the token's table, or of its own when a third party signed it. */
  readonly symbols: readonly string[];
  /** Public keys that it adds. */
  readonly publicKeys: readonly PublicKey[];
}

interface Decoded {
  readonly blocks: readonly TokenBlock[];
  readonly symbols: SymbolTable;
}

function decode(envelope: Envelope): Decoded {
  const symbols = SymbolTable.empty();
  const quota = new FieldQuota();
  const blocks = envelope.blocks.map(({ data, external }): TokenBlock => {
    const isThirdParty = external !== undefined;
    const table = isThirdParty ? SymbolTable.empty() : symbols;
    return { ...readBlock(data, table, isThirdParty, quota), externalKey: external?.publicKey };
  });
  return { blocks, symbols };
}

/**
 * A token as its message and what the message means, decoded when somebody asks. Immutable but for that; says nothing about
 * signatures.
 */
export class TokenData {
  readonly envelope: Envelope;
  /** Kept here by whoever runs it. */
  program?: TokenProgram;
  #decoded: Decoded | undefined;
  #holder: KeyPair | undefined;
  #revocationIds: readonly string[] | undefined;

  /** `holder`, when it is known, must be the key pair of an open token's secret. */
  constructor(envelope: Envelope, holder?: KeyPair) {
    this.envelope = envelope;
    this.#holder = holder;
  }

  /** Decodes now, so that nothing throws later. Throws `malformed-token` and the like. */
  decode(): Decoded {
    return (this.#decoded ??= decode(this.envelope));
  }

  /** Throws as `decode` unless that was called. */
  get blocks(): readonly TokenBlock[] {
    return this.decode().blocks;
  }

  /** Of first-party blocks together: where the next one goes on. Copy before adding to it. */
  get symbols(): SymbolTable {
    return this.decode().symbols;
  }

  /** Of a token that can be attenuated. Throws `sealed`, and `invalid-signature` when the secret is another block's. */
  get holder(): KeyPair {
    const holder = (this.#holder ??= holderOf(this.envelope));
    if (holder !== undefined) return holder;
    throw new BiscuitError("sealed", "the token is sealed: nothing can be added to it");
  }

  /**
   * What identifies each block when it is revoked: its signature. Of the two forms that a P-256 signature has it is the
   * canonical one, so that whoever holds the token cannot escape a revocation by sending the other.
   */
  get revocationIds(): readonly string[] {
    return (this.#revocationIds ??= revocationIdsOf(this.envelope));
  }
}

export const revocationIdsOf = ({ blocks }: Envelope): readonly string[] =>
  blocks.map(({ signature }) => toHex(canonicalSignature(signature)));

/**
 * The form in which this library gives revocation ids, for ids from elsewhere: hexadecimal of a signature, whose P-256 form
 * may be either of two. Throws `invalid-value` when it is not hexadecimal.
 */
export function canonicalRevocationId(id: string): string {
  const signature = fromHex(id);
  if (signature !== undefined) return toHex(canonicalSignature(signature));
  throw new BiscuitError("invalid-value", "a revocation id is hexadecimal");
}

export function describeBlocks(data: TokenData): BlockDescription[] {
  const ids = data.revocationIds;
  return data.blocks.map((block, i) => ({
    source: printBlock(block.content),
    version: block.version,
    context: block.content.context,
    externalKey: block.externalKey,
    revocationId: ids[i] ?? "",
    symbols: block.symbols,
    publicKeys: block.publicKeys,
  }));
}

/** What a third party's signature is bound to. */
export const lastSignature = (data: TokenData): Uint8Array => lastBlock(data.envelope).signature;
