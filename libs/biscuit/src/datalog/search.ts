import { BiscuitError } from "../errors/biscuit-error.ts";
import { comparedLength, sameValue, typeName, type Value } from "../values/value.ts";
import { type Atom, BIND, COMPARE_CONSTANT, type CompiledQuery, type Template } from "./compile.ts";
import type { Frame } from "./compile-expression.ts";
import {
  AUTHORIZER,
  type BlockId,
  type OriginId,
  type OriginTable,
  type Trusted,
} from "./origin.ts";
import { INDEX_FROM, type Relation, type Row } from "./relation.ts";
import type { RunContext } from "./run-context.ts";

/** Where a query stands: the block, and what the block's numbers of predicates mean. */
export interface Place {
  readonly block: BlockId;
  /** Of the block alone. */
  readonly origin: OriginId;
  /** Numbers of relations by the block's numbers of predicates. */
  readonly relations: readonly number[];
}

/** Which rows count. Rounds of rules look at what the last one brought; checks and policies look at everything. */
export interface Windows {
  /** By relation: rows before it were known at the start of the last round, and rules have been applied to them. */
  readonly settled: readonly number[];
  /** By relation: rows before it were known at the start of this round. */
  readonly frontier: readonly number[];
}

/** Called for each combination of rows that matches; true ends the search. */
export type OnMatch = (frame: Frame, origin: OriginId) => boolean;

const endsAtOnce: OnMatch = () => true;

/** Characters from which comparing costs more than the row that they stand in. */
const LONG_TEXT = 64;

/**
 * Searches for all ways in which facts match a body: nested loops, the inner ones over what an index leaves. One per
 * evaluation, since a search uses no more than one frame at a time; each call to `search` starts anew.
 */
export class Search {
  readonly #relations: readonly Relation[];
  readonly #windows: Windows;
  readonly #origins: OriginTable;
  readonly #run: RunContext;
  /** Of the authorizer's queries: parameters first. */
  readonly #ownFrame: Frame;
  /** Of all other queries. */
  readonly #blockFrame: Frame = [];
  #atoms: readonly Atom[] = [];
  #predicates: readonly number[] = [];
  #frame: Frame;
  #trusted: Trusted | undefined;
  #onMatch: OnMatch = endsAtOnce;
  #fresh = -1;

  /** `parameters` are the values that the authorizer's frame begins with. */
  constructor(
    world: { readonly relations: readonly Relation[]; readonly origins: OriginTable },
    windows: Windows,
    run: RunContext,
    parameters: readonly Value[],
  ) {
    this.#relations = world.relations;
    this.#origins = world.origins;
    this.#windows = windows;
    this.#run = run;
    this.#ownFrame = [...parameters];
    this.#frame = this.#ownFrame;
  }

  /** The frame of the authorizer's queries, with nothing but the parameters to be relied upon. */
  get parameters(): Frame {
    return this.#ownFrame;
  }

  /**
   * True when `onMatch` ended the search. With `fresh` at least 0 only combinations count whose predicate number `fresh` is
   * the first to use a fact of the last round: before it only older facts, after it any that the round began with.
   */
  search(
    query: CompiledQuery,
    place: Place,
    trusted: Trusted,
    onMatch: OnMatch,
    fresh = -1,
  ): boolean {
    this.#atoms = query.atoms;
    this.#predicates = place.relations;
    this.#fresh = fresh;
    for (let depth = 0; depth < query.atoms.length; depth++) {
      const relation = this.#relationAt(depth);
      if (this.#start(depth, relation) >= this.#end(depth, relation)) return false;
    }
    this.#run.budget.spend(1);
    this.#frame = place.block === AUTHORIZER ? this.#ownFrame : this.#blockFrame;
    this.#trusted = trusted;
    this.#onMatch = onMatch;
    return this.#descend(0, place.origin);
  }

  #relationAt(depth: number): number {
    const atom = this.#atoms[depth];
    return atom === undefined ? -1 : (this.#predicates[atom.predicate] ?? -1);
  }

  #start(depth: number, relation: number): number {
    return depth === this.#fresh ? (this.#windows.settled[relation] ?? 0) : 0;
  }

  #end(depth: number, relation: number): number {
    if (this.#fresh < 0) return this.#relations[relation]?.rows.length ?? 0;
    const { settled, frontier } = this.#windows;
    return (depth < this.#fresh ? settled[relation] : frontier[relation]) ?? 0;
  }

  #descend(depth: number, origin: OriginId): boolean {
    const atom = this.#atoms[depth];
    if (atom === undefined) return this.#onMatch(this.#frame, origin);
    const id = this.#relationAt(depth);
    const relation = this.#relations[id];
    if (relation === undefined) return false;
    const start = this.#start(depth, id);
    const end = this.#end(depth, id);
    const rows =
      end - start < INDEX_FROM ? relation.rows : this.#shortest(atom, relation, end - start);
    const isWhole = rows === relation.rows;
    return this.#walk(depth, origin, rows, isWhole ? start : 0, isWhole ? end : rows.length);
  }

  /** The rows of a list from `from` up to `to`, as far as they lie in the predicate's window. */
  #walk(depth: number, origin: OriginId, rows: readonly Row[], from: number, to: number): boolean {
    const atom = this.#atoms[depth];
    const trusted = this.#trusted;
    if (atom === undefined || trusted === undefined) return false;
    const id = this.#relationAt(depth);
    const start = this.#start(depth, id);
    const end = this.#end(depth, id);
    for (let i = from; i < to; i++) {
      this.#run.budget.spend(1);
      const row = rows[i];
      if (row === undefined || row.position < start) continue;
      if (row.position >= end) return false;
      if (!trusted.sees(row.origin) || !this.#unify(atom, row)) continue;
      if (this.#descend(depth + 1, this.#origins.union(origin, row.origin))) return true;
    }
    return false;
  }

  /** The shortest list of rows that any known column leaves, or all rows when none is shorter than the window. */
  #shortest(atom: Atom, relation: Relation, windowLength: number): readonly Row[] {
    let best: readonly Row[] = relation.rows;
    let length = windowLength;
    for (const column of atom.known) {
      const wanted = atom.columns[column];
      if (wanted === undefined) continue;
      const value = wanted.action === COMPARE_CONSTANT ? wanted.value : this.#frame[wanted.slot];
      const rows = relation.candidates(column, value ?? null);
      if (rows.length >= length) continue;
      best = rows;
      length = rows.length;
    }
    return best;
  }

  #unify({ columns }: Atom, { terms }: Row): boolean {
    const frame = this.#frame;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i];
      const term = terms[i];
      if (column === undefined || term === undefined) return false;
      if (column.action === BIND) {
        frame[column.slot] = term;
        continue;
      }
      const wanted = column.action === COMPARE_CONSTANT ? column.value : frame[column.slot];
      const length = comparedLength(term);
      if (length > LONG_TEXT) this.#run.budget.spend(length / LONG_TEXT);
      if (wanted !== term && !sameValue(wanted, term)) return false;
    }
    return true;
  }
}

/** Whether every expression of a query holds. Throws what an expression throws, and `invalid-type` unless all give booleans. */
export function satisfies(query: CompiledQuery, frame: Frame, run: RunContext): boolean {
  run.budget.spend(1);
  for (const expression of query.expressions) {
    const result = expression(frame, run);
    if (result === false) return false;
    if (result !== true) {
      throw new BiscuitError("invalid-type", `an expression gives ${typeName(result)}, not bool`);
    }
  }
  return true;
}

/** The terms that a match gives. */
export function instantiate({ terms }: Template, frame: Frame): Value[] {
  const values: Value[] = [];
  for (const { slot, value } of terms) values.push(slot < 0 ? value : (frame[slot] ?? null));
  return values;
}
