/**
 * Everything. `@bastide/biscuit/core` is the same without explanations and suggestions, for bundles in which every kilobyte
 * counts: there `decision.explain()` works once `@bastide/biscuit/explain` was imported, and errors of source have
 * suggestions once `@bastide/biscuit/source` was.
 */
export * from "./core.ts";
export { explain } from "./explain/explain.ts";
export { type PolicyReads, type ReadPredicate, readsOf } from "./policy/reads.ts";
export { statedBy } from "./policy/statements.ts";
export * from "./source.ts";
