import { keyOf, sameValue, type Value } from "../values/value.ts";
import type { OriginId } from "./origin.ts";

/** A fact of one predicate: its terms, and where it comes from. */
export interface Row {
  readonly terms: readonly Value[];
  readonly origin: OriginId;
  /** Rows are numbered in the order they were added. */
  readonly position: number;
}

/** Below this many rows a walk is cheaper than an index. */
const INDEX_FROM = 9;

/** What an index files a value under: equal values share it; that different ones may too is settled by comparing. */
const indexKey = (value: Value): Value =>
  typeof value === "object" && value !== null ? value.key : value;

/**
 * The facts of one predicate and arity. Only grows. Facts are equal when terms and origin are: the same fact from two
 * blocks is two facts, since a query may trust only one of them.
 */
export class Relation {
  readonly rows: Row[] = [];
  /** Rows before it were known at the start of the last round: rules have been applied to them. */
  settled = 0;
  /** Rows before it were known at the start of this round. */
  frontier = 0;
  readonly #columns: (Map<Value, Row[]> | undefined)[] = [];
  #known: Set<string> | undefined;

  /** False when the fact is already there. */
  add(terms: readonly Value[], origin: OriginId): boolean {
    if (this.#has(terms, origin)) return false;
    const row: Row = { terms, origin, position: this.rows.length };
    this.rows.push(row);
    this.#known?.add(rowKey(terms, origin));
    for (const [column, index] of this.#columns.entries()) {
      if (index !== undefined) fileUnder(index, terms[column] ?? null, row);
    }
    return true;
  }

  /** Rows that may have `value` in `column`: all that have it, maybe others. In order of position. */
  candidates(column: number, value: Value): readonly Row[] {
    if (this.rows.length < INDEX_FROM) return this.rows;
    return this.#index(column).get(indexKey(value)) ?? [];
  }

  #index(column: number): Map<Value, Row[]> {
    const known = this.#columns[column];
    if (known !== undefined) return known;
    const index = new Map<Value, Row[]>();
    for (const row of this.rows) fileUnder(index, row.terms[column] ?? null, row);
    return (this.#columns[column] = index);
  }

  #has(terms: readonly Value[], origin: OriginId): boolean {
    if (this.rows.length < INDEX_FROM) return this.rows.some((row) => isSame(row, terms, origin));
    this.#known ??= new Set(this.rows.map((row) => rowKey(row.terms, row.origin)));
    return this.#known.has(rowKey(terms, origin));
  }
}

function fileUnder(index: Map<Value, Row[]>, value: Value, row: Row): void {
  const key = indexKey(value);
  const rows = index.get(key);
  if (rows === undefined) index.set(key, [row]);
  else rows.push(row);
}

const isSame = (row: Row, terms: readonly Value[], origin: OriginId): boolean =>
  row.origin === origin && row.terms.every((term, i) => sameValue(term, terms[i]));

function rowKey(terms: readonly Value[], origin: OriginId): string {
  let key = String(origin);
  for (const term of terms) key += `|${keyOf(term)}`;
  return key;
}
