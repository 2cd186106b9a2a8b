import { isComposite, keyOf, sameValue, type Value } from "../values/value.ts";
import type { OriginId } from "./origin.ts";

/** A fact of one predicate: its terms, and where it comes from. */
export interface Row {
  readonly terms: readonly Value[];
  readonly origin: OriginId;
  /** Rows are numbered in the order they were added. */
  readonly position: number;
}

/** Below this many rows a walk is cheaper than an index. */
export const INDEX_FROM = 9;

const NO_ROWS: readonly Row[] = [];

/** What an index files a value under: equal values share it; that different ones may too is settled by comparing. */
const indexKey = (value: Value): Value => (isComposite(value) ? value.key : value);

/**
 * The facts of one predicate and arity. Only grows. Facts are equal when terms and origin are: the same fact from two
 * blocks is two facts, since a query may trust only one of them.
 *
 * One that is shared belongs to a token or a policy and not to an evaluation: indexes may still be made of it, since they
 * say nothing new, but whoever wants to add to it adds to a `fork`.
 */
export class Relation {
  readonly rows: Row[];
  #isShared = false;
  readonly #columns: (Map<Value, Row[]> | undefined)[] = [];
  #known: Set<string> | undefined;

  constructor(rows: Row[] = []) {
    this.rows = rows;
  }

  get isShared(): boolean {
    return this.#isShared;
  }

  share(): this {
    this.#isShared = true;
    return this;
  }

  /** The same rows, to be added to. */
  fork(): Relation {
    return new Relation(this.rows.slice());
  }

  /** False when the fact is already there. */
  add(terms: readonly Value[], origin: OriginId): boolean {
    if (this.#has(terms, origin)) return false;
    const row: Row = { terms, origin, position: this.rows.length };
    this.rows.push(row);
    for (let column = 0; column < this.#columns.length; column++) {
      const index = this.#columns[column];
      if (index !== undefined) fileUnder(index, terms[column] ?? null, row);
    }
    return true;
  }

  /** Rows that may have `value` in `column`: all that have it, maybe others. In order of position. */
  candidates(column: number, value: Value): readonly Row[] {
    return this.#index(column).get(indexKey(value)) ?? NO_ROWS;
  }

  #index(column: number): Map<Value, Row[]> {
    const known = this.#columns[column];
    if (known !== undefined) return known;
    const index = new Map<Value, Row[]>();
    for (const row of this.rows) fileUnder(index, row.terms[column] ?? null, row);
    // No holes: an array with holes is slower to walk than one with `undefined`.
    while (this.#columns.length < column) this.#columns.push(undefined);
    return (this.#columns[column] = index);
  }

  /** Notes the fact as known, so a caller that gets `false` must add it. */
  #has(terms: readonly Value[], origin: OriginId): boolean {
    if (this.rows.length < INDEX_FROM) return this.#walk(terms, origin);
    this.#known ??= new Set(this.rows.map((row) => rowKey(row.terms, row.origin)));
    const before = this.#known.size;
    return this.#known.add(rowKey(terms, origin)).size === before;
  }

  #walk(terms: readonly Value[], origin: OriginId): boolean {
    for (const row of this.rows) if (isSame(row, terms, origin)) return true;
    return false;
  }
}

function fileUnder(index: Map<Value, Row[]>, value: Value, row: Row): void {
  const key = indexKey(value);
  const rows = index.get(key);
  if (rows === undefined) index.set(key, [row]);
  else rows.push(row);
}

function isSame(row: Row, terms: readonly Value[], origin: OriginId): boolean {
  if (row.origin !== origin) return false;
  for (let i = 0; i < terms.length; i++) {
    if (!sameValue(row.terms[i], terms[i])) return false;
  }
  return true;
}

function rowKey(terms: readonly Value[], origin: OriginId): string {
  let key = String(origin);
  for (const term of terms) key += `|${keyOf(term)}`;
  return key;
}
