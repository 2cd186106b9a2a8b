/** A block's index, or `AUTHORIZER`. */
export type BlockId = number;
export const AUTHORIZER: BlockId = -1;
export const AUTHORITY: BlockId = 0;

/** A set of blocks as an index into an `OriginTable`. */
export type OriginId = number;

const bitOf = (block: BlockId): bigint => 1n << BigInt(block + 1);

/**
 * The sets of blocks that facts stem from. Each set has one small number, so that facts carry a number and unions and
 * visibility are looked up.
 */
export class OriginTable {
  readonly #masks: bigint[] = [];
  readonly #ids = new Map<bigint, OriginId>();
  readonly #unions = new Map<number, OriginId>();
  /** By block, from the authorizer's -1 on. */
  readonly #singles: OriginId[] = [];

  of(block: BlockId): OriginId {
    return (this.#singles[block + 1] ??= this.#intern(bitOf(block)));
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

  /** Bit 0 stands for the authorizer, bit n + 1 for block n. */
  maskOf(id: OriginId): bigint {
    return this.#masks[id] ?? 0n;
  }

  /** The blocks of a set: the authorizer first, then ascending. */
  blocksOf(id: OriginId): BlockId[] {
    const blocks: BlockId[] = [];
    for (let mask = this.maskOf(id), block = AUTHORIZER; mask > 0n; mask >>= 1n, block++) {
      if ((mask & 1n) === 1n) blocks.push(block);
    }
    return blocks;
  }

  #intern(mask: bigint): OriginId {
    const known = this.#ids.get(mask);
    if (known !== undefined) return known;
    const id = this.#masks.push(mask) - 1;
    this.#ids.set(mask, id);
    return id;
  }
}

/** The blocks whose facts a query sees: a fact counts when every block it stems from is trusted. */
export class Trusted {
  readonly #mask: bigint;
  readonly #origins: OriginTable;
  readonly #seen: boolean[] = [];

  constructor(blocks: Iterable<BlockId>, origins: OriginTable) {
    let mask = 0n;
    for (const block of blocks) mask |= bitOf(block);
    this.#mask = mask;
    this.#origins = origins;
  }

  sees(origin: OriginId): boolean {
    return (this.#seen[origin] ??= (this.#origins.maskOf(origin) & ~this.#mask) === 0n);
  }
}
