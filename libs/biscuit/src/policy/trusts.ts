import type { PublicKey } from "../crypto/public-key.ts";
import type { Scope } from "../datalog/ast.ts";
import type { CompiledQuery } from "../datalog/compile.ts";
import type { OriginTable, Trusted } from "../datalog/origin.ts";
import { type BlocksByKey, trustedBlocks } from "../datalog/scope.ts";
import type { PlacedBlock } from "./linked-program.ts";

/** Public keys by the parameters that stand for them. */
export type KeyParameters = ReadonlyMap<string, PublicKey>;

export const NO_KEYS: KeyParameters = new Map();

/** Whom each query of a program trusts, worked out once for each block and each query with scopes of its own. */
export class Trusts {
  readonly #origins: OriginTable;
  readonly #blocksByKey: BlocksByKey;
  readonly #keys: KeyParameters;
  readonly #ofBlocks: (Trusted | undefined)[] = [];
  readonly #ofQueries = new Map<CompiledQuery, Trusted>();

  constructor(origins: OriginTable, blocksByKey: BlocksByKey, keys: KeyParameters) {
    this.#origins = origins;
    this.#blocksByKey = blocksByKey;
    this.#keys = keys;
  }

  of(query: CompiledQuery, block: PlacedBlock): Trusted {
    if (query.scopes.length === 0 && query.keyParameters.length === 0) {
      return (this.#ofBlocks[block.block + 1] ??= this.#trust([], block));
    }
    const known = this.#ofQueries.get(query);
    if (known !== undefined) return known;
    const trusted = this.#trust(this.#fill(query.scopes, query.keyParameters), block);
    this.#ofQueries.set(query, trusted);
    return trusted;
  }

  #trust(scopes: readonly Scope[], block: PlacedBlock): Trusted {
    const ofBlock = this.#fill(block.compiled.scopes, block.keyParameters);
    return this.#origins.trusting(trustedBlocks(scopes, ofBlock, block.block, this.#blocksByKey));
  }

  #fill(scopes: readonly Scope[], names: readonly string[]): readonly Scope[] {
    return names.length === 0
      ? scopes
      : [...scopes, ...names.flatMap((name) => this.#keys.get(name) ?? [])];
  }
}
