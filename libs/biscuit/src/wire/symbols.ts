import type { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import type { Integer } from "../values/integer.ts";

/** Known to every implementation and never written (specification, "Symbol table"). */
const DEFAULTS: readonly string[] = (
  "read write resource operation right time role owner tenant namespace user team service admin email group member " +
  "ip_address client client_ip domain path version cluster node hostname nonce query"
).split(" ");

/** The index of the first symbol that tokens define themselves. */
const OFFSET = 1024;

const DEFAULT_INDEX: ReadonlyMap<string, number> = new Map(DEFAULTS.map((text, i) => [text, i]));

/**
 * The strings and public keys that a block refers to by index. First-party blocks share one table, each adding to it;
 * third-party blocks have one of their own.
 */
export class SymbolTable {
  readonly #symbols: string[];
  readonly #index: Map<string, number>;
  readonly #keys: PublicKey[];
  readonly #keyIndex: Map<string, number>;

  private constructor(symbols: readonly string[], keys: readonly PublicKey[]) {
    this.#symbols = [...symbols];
    this.#index = new Map(symbols.map((text, i) => [text, OFFSET + i]));
    this.#keys = [...keys];
    this.#keyIndex = new Map(keys.map((key, i) => [key.toString(), i]));
  }

  static empty(): SymbolTable {
    return new SymbolTable([], []);
  }

  copy(): SymbolTable {
    return new SymbolTable(this.#symbols, this.#keys);
  }

  /** Takes over what a block declares. Throws `symbol-overlap` when anything was known already. */
  extend(symbols: readonly string[], keys: readonly PublicKey[]): void {
    for (const text of symbols) {
      if (DEFAULT_INDEX.has(text) || this.#index.has(text)) {
        throw new BiscuitError(
          "symbol-overlap",
          `the symbol ${JSON.stringify(text)} is declared twice`,
        );
      }
      this.#index.set(text, OFFSET + this.#symbols.length);
      this.#symbols.push(text);
    }
    for (const key of keys) {
      if (this.#keyIndex.has(key.toString())) {
        throw new BiscuitError(
          "symbol-overlap",
          `the public key ${key.toString()} is declared twice`,
        );
      }
      this.keyIndexOf(key);
    }
  }

  /** The index of `text`, added when new. */
  symbolOf(text: string): number {
    const known = DEFAULT_INDEX.get(text) ?? this.#index.get(text);
    if (known !== undefined) return known;
    const index = OFFSET + this.#symbols.length;
    this.#symbols.push(text);
    this.#index.set(text, index);
    return index;
  }

  textOf(index: Integer): string {
    const at = Number(index);
    const text = at < OFFSET ? DEFAULTS[at] : this.#symbols[at - OFFSET];
    if (text === undefined)
      throw new BiscuitError("unknown-symbol", `no symbol has the index ${index}`);
    return text;
  }

  /** The index of `key`, added when new. */
  keyIndexOf(key: PublicKey): number {
    const known = this.#keyIndex.get(key.toString());
    if (known !== undefined) return known;
    this.#keyIndex.set(key.toString(), this.#keys.length);
    return this.#keys.push(key) - 1;
  }

  keyOf(index: Integer): PublicKey {
    const key = this.#keys[Number(index)];
    if (key === undefined)
      throw new BiscuitError("unknown-public-key", `no public key has the index ${index}`);
    return key;
  }

  /** How much the table holds, for `since`. */
  get size(): { readonly symbols: number; readonly keys: number } {
    return { symbols: this.#symbols.length, keys: this.#keys.length };
  }

  /** What was added after the table had that size. */
  since(size: { symbols: number; keys: number }): { symbols: string[]; keys: PublicKey[] } {
    return { symbols: this.#symbols.slice(size.symbols), keys: this.#keys.slice(size.keys) };
  }
}
