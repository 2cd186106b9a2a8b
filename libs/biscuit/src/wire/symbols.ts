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
  /** Made when somebody asks, which nobody does who only reads. */
  #index: Map<string, number> | undefined;
  readonly #keys: PublicKey[];
  /** Made for the first key, since most tokens name none. */
  #keyIndex: Map<string, number> | undefined;

  private constructor(symbols: readonly string[], keys: readonly PublicKey[]) {
    this.#symbols = symbols.slice();
    this.#keys = keys.slice();
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
      if (DEFAULT_INDEX.has(text) || this.#has(text)) {
        throw new BiscuitError(
          "symbol-overlap",
          `the symbol ${JSON.stringify(text)} is declared twice`,
        );
      }
      this.#push(text);
    }
    for (const key of keys) {
      if (this.#keyNumbers().has(key.toString())) {
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
    return DEFAULT_INDEX.get(text) ?? this.#numbers().get(text) ?? this.#push(text);
  }

  #push(text: string): number {
    const index = OFFSET + this.#symbols.length;
    this.#symbols.push(text);
    this.#index?.set(text, index);
    return index;
  }

  /** Few are compared sooner than looked up. */
  #has(text: string): boolean {
    const isShort = this.#index === undefined && this.#symbols.length < 32;
    return isShort ? this.#symbols.includes(text) : this.#numbers().has(text);
  }

  #numbers(): Map<string, number> {
    return (this.#index ??= new Map(this.#symbols.map((text, i) => [text, OFFSET + i])));
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
    const numbers = this.#keyNumbers();
    const known = numbers.get(key.toString());
    if (known !== undefined) return known;
    numbers.set(key.toString(), this.#keys.length);
    return this.#keys.push(key) - 1;
  }

  #keyNumbers(): Map<string, number> {
    return (this.#keyIndex ??= new Map(this.#keys.map((key, i) => [key.toString(), i])));
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
