import {
  AUTHORIZER,
  AUTHORIZER_ORIGIN,
  type BlockId,
  type OriginId,
  OriginTable,
} from "../datalog/origin.ts";
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
interface LinkedToken {
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

function place(
  compiled: CompiledBlock,
  block: BlockId,
  origin: OriginId,
  numberOf: (name: string, arity: number) => number,
): PlacedBlock {
  const relations = compiled.predicates.entries.map(({ name, arity }) => numberOf(name, arity));
  return { compiled, block, origin, relations, keyParameters: NONE };
}

/** A predicate without facts, until an evaluation gives it some. */
const EMPTY = new Relation().share();

/** Gives every number its relation, and none of them to anybody to add to. */
function shareAll(relations: readonly Relation[], count: number): Relation[] {
  return Array.from({ length: count }, (_, number) => relations[number]?.share() ?? EMPTY);
}

function linkToken(token: TokenProgram): LinkedToken {
  const predicates = new PredicateTable();
  const origins = new OriginTable(token.blocks.length);
  const relations: Relation[] = [];
  const blocks = token.blocks.map((compiled, id) =>
    place(compiled, id, origins.of(id), (name, arity) => predicates.add(name, arity)),
  );
  for (const block of blocks) load(relations, block);
  return { predicates, origins, blocks, relations: shareAll(relations, predicates.entries.length) };
}

const linkedTokens = new WeakMap<TokenProgram, LinkedToken>();

function linkedToken(token: TokenProgram): LinkedToken {
  const known = linkedTokens.get(token);
  if (known !== undefined) return known;
  const linked = linkToken(token);
  linkedTokens.set(token, linked);
  return linked;
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
  readonly #token: TokenProgram;
  readonly #linked: LinkedToken;
  #shared: Trust | undefined;

  constructor(token: TokenProgram, authorizer: CompiledAuthorizer) {
    const linked = linkedToken(token);
    this.#token = token;
    this.#linked = linked;
    this.blocks = linked.blocks;
    let count = linked.predicates.entries.length;
    const placed = place(
      authorizer,
      AUTHORIZER,
      AUTHORIZER_ORIGIN,
      (name, arity) => linked.predicates.find(name, arity) ?? count++,
    );
    this.authorizer = { ...placed, keyParameters: authorizer.keyParameters };
    const relations = [...linked.relations];
    load(relations, this.authorizer);
    this.relations = shareAll(relations, count);
    this.factCount = this.relations.reduce((sum, { rows }) => sum + rows.length, 0);
  }

  get blocksByKey(): BlocksByKey {
    return this.#token.blocksByKey;
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
    const trusts = new Trusts(origins, this.#token.blocksByKey, keys);
    const rules = [this.authorizer, ...this.blocks].flatMap((placed) =>
      placed.compiled.rules.map((rule) => ({
        rule,
        place: placed,
        trusted: trusts.of(rule, placed),
      })),
    );
    return { origins, trusts, rules };
  }
}
