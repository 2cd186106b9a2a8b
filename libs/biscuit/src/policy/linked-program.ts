import { AUTHORIZER, AUTHORIZER_ORIGIN, OriginTable } from "../datalog/origin.ts";
import type { BlocksByKey } from "../datalog/scope.ts";
import { PredicateTable } from "../datalog/predicate-table.ts";
import { Relation } from "../datalog/relation.ts";
import type { Place } from "../datalog/search.ts";
import type { PlacedRule } from "../datalog/world.ts";
import type { CompiledAuthorizer, CompiledBlock, TokenProgram } from "./token-program.ts";
import { type KeyParameters, NO_KEYS, Trusts } from "./trusts.ts";

/** A block in its place: its predicates have the numbers of the whole program. */
export interface PlacedBlock extends Place {
  readonly compiled: CompiledBlock;
  readonly keyParameters: readonly string[];
}

/** Numbers and facts of a token's blocks, whatever the authorizer: worked out once for each token. */
export interface LinkedToken {
  readonly predicates: PredicateTable;
  readonly origins: OriginTable;
  readonly blocks: readonly PlacedBlock[];
  readonly relations: readonly Relation[];
}

const NONE: readonly string[] = [];

/** Adds a block's facts to relations that are still this caller's own. */
function load(relations: Relation[], { compiled, relations: numbers, origin }: PlacedBlock): void {
  for (const { predicate, terms } of compiled.facts) {
    const number = numbers[predicate] ?? -1;
    const relation = relations[number];
    const own =
      relation === undefined || relation.isShared ? (relation?.fork() ?? new Relation()) : relation;
    relations[number] = own;
    own.add(terms, origin);
  }
}

/** A predicate without facts, until an evaluation gives it some. */
const EMPTY = new Relation().share();

/** Gives every number its relation, and none of them to anybody to add to. */
function shareAll(relations: Relation[], count: number): Relation[] {
  for (let number = 0; number < count; number++)
    relations[number] = relations[number]?.share() ?? EMPTY;
  return relations;
}

/** Facts of relations in all. */
function countFacts(relations: readonly Relation[]): number {
  let count = 0;
  for (const { rows } of relations) count += rows.length;
  return count;
}

function linkToken(token: TokenProgram): LinkedToken {
  const predicates = new PredicateTable();
  const origins = new OriginTable(token.blocks.length);
  const relations: Relation[] = [];
  const blocks = token.blocks.map((compiled, block): PlacedBlock => {
    const numbers = compiled.predicates.entries.map(({ name, arity }) =>
      predicates.add(name, arity),
    );
    return {
      compiled,
      block,
      origin: origins.of(block),
      relations: numbers,
      keyParameters: NONE,
    };
  });
  for (const block of blocks) load(relations, block);
  return { predicates, origins, blocks, relations: shareAll(relations, predicates.entries.length) };
}

/** What an evaluation needs that depends on nothing but the program and, where it has any, its parameters for keys. */
export interface Trust {
  readonly origins: OriginTable;
  readonly trusts: Trusts;
  readonly rules: readonly PlacedRule[];
}

/**
 * An authorizer and a token as one program: predicates numbered, facts loaded, trust worked out. It is made at their first
 * meeting and immutable from then on, so any number of evaluations may begin from it.
 */
export class LinkedProgram {
  readonly authorizer: PlacedBlock;
  readonly blocks: readonly PlacedBlock[];
  readonly relations: readonly Relation[];
  readonly factCount: number;
  readonly token: TokenProgram;
  readonly #linked: LinkedToken;
  #shared: Trust | undefined;

  constructor(token: TokenProgram, authorizer: CompiledAuthorizer) {
    const linked = (token.linked ??= linkToken(token));
    this.token = token;
    this.#linked = linked;
    this.blocks = linked.blocks;
    let count = linked.predicates.entries.length;
    const numbers: number[] = [];
    for (const { name, arity } of authorizer.predicates.entries)
      numbers.push(linked.predicates.find(name, arity) ?? count++);
    this.authorizer = {
      compiled: authorizer,
      block: AUTHORIZER,
      origin: AUTHORIZER_ORIGIN,
      relations: numbers,
      keyParameters: authorizer.keyParameters,
    };
    const relations = linked.relations.slice();
    load(relations, this.authorizer);
    this.relations = shareAll(relations, count);
    this.factCount = countFacts(this.relations);
  }

  get blocksByKey(): BlocksByKey {
    return this.token.blocksByKey;
  }

  /** The number of a predicate that anything in the program mentions. */
  numberOf(name: string, arity: number): number | undefined {
    const own = this.authorizer.compiled.predicates.find(name, arity);
    return own === undefined
      ? this.#linked.predicates.find(name, arity)
      : this.authorizer.relations[own];
  }

  /** Name and arity of each predicate, by number. */
  predicates(): { readonly name: string; readonly arity: number }[] {
    const all = [...this.#linked.predicates.entries];
    for (const [i, predicate] of this.authorizer.compiled.predicates.entries.entries())
      all[this.authorizer.relations[i] ?? -1] = predicate;
    return all;
  }

  /** Whom each query trusts. Shared between evaluations unless keys are parameters or the token is very long. */
  trust(keys: KeyParameters): Trust {
    const { origins } = this.#linked;
    if (keys.size > 0 || !origins.isStateless) {
      return this.#trust(new OriginTable(this.blocks.length), keys);
    }
    return (this.#shared ??= this.#trust(origins, NO_KEYS));
  }

  #trust(origins: OriginTable, keys: KeyParameters): Trust {
    const trusts = new Trusts(origins, this.token.blocksByKey, keys);
    const rules: PlacedRule[] = [];
    placeRules(this.authorizer, trusts, rules);
    for (const block of this.blocks) placeRules(block, trusts, rules);
    return { origins, trusts, rules };
  }
}

/** Policies that a token remembers. */
const MOST_MET = 64;

/** What a policy turns from to another token: the token remembers it, for the next time. */
export function remember(linked: LinkedProgram): void {
  const met = (linked.token.met ??= []);
  if (met.includes(linked)) return;
  if (met.length >= MOST_MET) met.length = 0;
  met.push(linked);
}

function placeRules(place: PlacedBlock, trusts: Trusts, into: PlacedRule[]): void {
  for (const rule of place.compiled.rules)
    into.push({ rule, place, trusted: trusts.of(rule, place) });
}
