import { BiscuitError } from "../errors/biscuit-error.ts";
import { sameValue, typeName, type Value } from "../values/value.ts";
import type { Atom, CompiledQuery } from "./compile.ts";
import type { Frame } from "./compile-expression.ts";
import type { OriginId, OriginTable, Trusted } from "./origin.ts";
import type { Relation, Row } from "./relation.ts";
import type { RunContext } from "./run-context.ts";

/** Which rows each predicate of a body may use, by position: from `start` up to, not including, `end`. */
export type Window = (
  relation: Relation,
  atom: number,
) => { readonly start: number; readonly end: number };

/** Called for each combination of rows that matches; true ends the search. */
export type OnMatch = (frame: Frame, origin: OriginId) => boolean;

/** One search for all ways in which facts match a body. */
export class Matcher {
  readonly #query: CompiledQuery;
  readonly #relations: readonly (Relation | undefined)[];
  readonly #trusted: Trusted;
  readonly #origins: OriginTable;
  readonly #run: RunContext;
  readonly #window: Window;
  readonly #onMatch: OnMatch;
  readonly #frame: Frame = [];

  constructor(
    query: CompiledQuery,
    world: { readonly relations: ReadonlyMap<string, Relation>; readonly origins: OriginTable },
    options: { trusted: Trusted; run: RunContext; window: Window; onMatch: OnMatch },
  ) {
    this.#query = query;
    this.#relations = query.atoms.map((atom) => world.relations.get(atom.relation));
    this.#origins = world.origins;
    this.#trusted = options.trusted;
    this.#run = options.run;
    this.#window = options.window;
    this.#onMatch = options.onMatch;
  }

  /** `origin` is the block of the query. True when `onMatch` ended the search. */
  search(origin: OriginId): boolean {
    if (this.#relations.includes(undefined)) return false;
    return this.#descend(0, origin);
  }

  #descend(depth: number, origin: OriginId): boolean {
    const atom = this.#query.atoms[depth];
    const relation = this.#relations[depth];
    if (atom === undefined || relation === undefined) return this.#onMatch(this.#frame, origin);
    const { start, end } = this.#window(relation, depth);
    if (start >= end) return false;
    for (const row of this.#candidates(atom, relation)) {
      this.#run.budget.spend(1);
      if (row.position < start) continue;
      if (row.position >= end) break;
      if (!this.#trusted.sees(row.origin) || !this.#unify(atom, row)) continue;
      if (this.#descend(depth + 1, this.#origins.union(origin, row.origin))) return true;
    }
    return false;
  }

  /** The shortest list of rows that any known column leaves. */
  #candidates(atom: Atom, relation: Relation): readonly Row[] {
    let best: readonly Row[] = relation.rows;
    for (let column = 0; column < atom.columns.length && best.length > 1; column++) {
      const value = this.#knownValue(atom, column);
      if (value === undefined) continue;
      const rows = relation.candidates(column, value);
      if (rows.length < best.length) best = rows;
    }
    return best;
  }

  #knownValue(atom: Atom, column: number): Value | undefined {
    const wanted = atom.columns[column];
    if (wanted?.kind === "constant") return wanted.value;
    return wanted?.kind === "bound" && wanted.isEarlier ? this.#frame[wanted.slot] : undefined;
  }

  #unify(atom: Atom, row: Row): boolean {
    const { terms } = row;
    for (let i = 0; i < terms.length; i++) {
      const column = atom.columns[i];
      const term = terms[i];
      if (column === undefined || term === undefined) return false;
      if (column.kind === "bind") this.#frame[column.slot] = term;
      else if (
        !sameValue(column.kind === "constant" ? column.value : this.#frame[column.slot], term)
      )
        return false;
    }
    return true;
  }
}

/** Whether every expression of a query holds. Throws what an expression throws, and `invalid-type` unless all give booleans. */
export function satisfies(query: CompiledQuery, frame: Frame, run: RunContext): boolean {
  for (const expression of query.expressions) {
    const result = expression(frame, run);
    if (result === false) return false;
    if (result !== true) {
      throw new BiscuitError("invalid-type", `an expression gives ${typeName(result)}, not bool`);
    }
  }
  return true;
}
