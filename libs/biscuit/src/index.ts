/**
 * Everything. `@bastide/biscuit/core` is the same without explanations, for bundles in which every kilobyte counts: there
 * `decision.explain()` works once `@bastide/biscuit/explain` was imported.
 */
export * from "./core.ts";
export { explain } from "./explain/explain.ts";
export * from "./source.ts";
