/** A block's index, or `AUTHORIZER`. */
export type BlockId = number;
export const AUTHORIZER: BlockId = -1;
export const AUTHORITY: BlockId = 0;

/** A set of blocks as a number whose meaning an `OriginTable` knows. */
export type OriginId = number;

/** Of the authorizer alone, in every table: facts of a policy can be loaded before the token is known. */
export const AUTHORIZER_ORIGIN: OriginId = 1;

/** Tokens of up to so many blocks have sets of blocks as 32-bit masks; JavaScript's bitwise operators take no more. */
const MASK_BLOCKS = 30;

const bitOf = (block: BlockId): bigint => 1n << BigInt(block + 1);

/** Sets of blocks beyond 32 bits, numbered in the order in which they are met. */
class LargeSets {
  /** Number 0 is the empty set, then come the authorizer and each block alone. */
  readonly #masks: bigint[] = [0n];
  readonly #ids = new Map<bigint, OriginId>();
  readonly #unions = new Map<number, OriginId>();

  constructor(blocks: number) {
    for (let block = AUTHORIZER; block < blocks; block++) this.#intern(bitOf(block));
  }

  maskOf(id: OriginId): bigint {
    return this.#masks[id] ?? 0n;
  }

  union(a: OriginId, b: OriginId): OriginId {
    if (a === b) return a;
    const pair = a < b ? a * 0x100000 + b : b * 0x100000 + a;
    const known = this.#unions.get(pair);
    if (known !== undefined) return known;
    const id = this.#intern(this.maskOf(a) | this.maskOf(b));
    this.#unions.set(pair, id);
    return id;
  }

  #intern(mask: bigint): OriginId {
    const known = this.#ids.get(mask);
    if (known !== undefined) return known;
    const id = this.#masks.push(mask) - 1;
    this.#ids.set(mask, id);
    return id;
  }
}

/**
 * The sets of blocks that facts stem from. Up to `MASK_BLOCKS` blocks a set is its own mask and the table holds nothing, so
 * that evaluations may share it; beyond, sets are numbered as they turn up and each evaluation needs a table of its own.
 */
export class OriginTable {
  readonly #large: LargeSets | undefined;

  constructor(blocks: number) {
    this.#large = blocks > MASK_BLOCKS ? new LargeSets(blocks) : undefined;
  }

  get isStateless(): boolean {
    return this.#large === undefined;
  }

  of(block: BlockId): OriginId {
    return this.#large === undefined ? 1 << (block + 1) : block + 2;
  }

  union(a: OriginId, b: OriginId): OriginId {
    return this.#large === undefined ? a | b : this.#large.union(a, b);
  }

  /** Bit 0 stands for the authorizer, bit n + 1 for block n. */
  maskOf(id: OriginId): bigint {
    return this.#large === undefined ? BigInt(id) : this.#large.maskOf(id);
  }

  /** The blocks of a set: the authorizer first, then ascending. */
  blocksOf(id: OriginId): BlockId[] {
    const blocks: BlockId[] = [];
    for (let mask = this.maskOf(id), block = AUTHORIZER; mask > 0n; mask >>= 1n, block++) {
      if ((mask & 1n) === 1n) blocks.push(block);
    }
    return blocks;
  }

  trusting(blocks: Iterable<BlockId>): Trusted {
    const large = this.#large;
    if (large !== undefined) return new LargeTrusted(blocks, large);
    let hidden = ~0;
    for (const block of blocks) hidden &= ~(1 << (block + 1));
    return new Trusted(hidden);
  }
}

/** The blocks whose facts a query sees: a fact counts when every block it stems from is trusted. */
export class Trusted {
  /** The blocks that are not trusted. */
  readonly #hidden: number;

  constructor(hidden: number) {
    this.#hidden = hidden;
  }

  sees(origin: OriginId): boolean {
    return (origin & this.#hidden) === 0;
  }
}

/** Where sets of blocks do not fit a mask. Remembers what it was asked. */
class LargeTrusted extends Trusted {
  readonly #mask: bigint;
  readonly #sets: LargeSets;
  readonly #seen: boolean[] = [];

  constructor(blocks: Iterable<BlockId>, sets: LargeSets) {
    super(~0);
    let mask = 0n;
    for (const block of blocks) mask |= bitOf(block);
    this.#mask = mask;
    this.#sets = sets;
  }

  override sees(origin: OriginId): boolean {
    return (this.#seen[origin] ??= (this.#sets.maskOf(origin) & ~this.#mask) === 0n);
  }
}
