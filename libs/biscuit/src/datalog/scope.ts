import type { Scope } from "./ast.ts";
import { AUTHORITY, AUTHORIZER, type BlockId } from "./origin.ts";

/** Blocks by the text of the third party's key that signed them. */
export type BlocksByKey = ReadonlyMap<string, readonly BlockId[]>;

const DEFAULT: readonly BlockId[] = [AUTHORITY];

function blocksOf(scope: Scope, current: BlockId, byKey: BlocksByKey): readonly BlockId[] {
  if (scope === "authority") return DEFAULT;
  // The authorizer has no blocks before it: there, `previous` adds nothing.
  if (scope === "previous") return Array.from({ length: current + 1 }, (_, block) => block);
  return byKey.get(scope.toString()) ?? [];
}

/**
 * The blocks that a query of block `current` trusts (specification, "Scope annotations"). Its own scopes replace those of
 * its block; without any, the authority block is trusted. The authorizer and the block itself always are.
 */
export function trustedBlocks(
  scopes: readonly Scope[],
  blockScopes: readonly Scope[],
  current: BlockId,
  byKey: BlocksByKey,
): BlockId[] {
  const chosen = scopes.length > 0 ? scopes : blockScopes;
  if (chosen.length === 0) return [AUTHORIZER, current, AUTHORITY];
  const trusted = chosen.flatMap((scope) => blocksOf(scope, current, byKey));
  return [...new Set([AUTHORIZER, current, ...trusted])];
}
