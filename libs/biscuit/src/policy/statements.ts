import type { Biscuit } from "../token/biscuit.ts";

/**
 * Names of the predicates that a token's blocks state facts of, or derive by rules, sorted. For servers whose own facts of a
 * request must not come from a token: one that names any of their predicates here claims to know the request.
 */
export function statedBy(token: Biscuit): readonly string[] {
  const names = token.data.blocks.flatMap(({ content: { facts, rules } }) => [
    ...facts.map(({ name }) => name),
    ...rules.map(({ head }) => head.name),
  ]);
  return [...new Set(names)].toSorted();
}
