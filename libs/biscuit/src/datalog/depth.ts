import { type Expression, partsOf } from "./ast.ts";

/** Whether a tree has more than `limit` levels. Walks level by level, so depth costs no stack. */
export function isDeeperThan(expression: Expression, limit: number): boolean {
  let level: readonly Expression[] = [expression];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap(partsOf);
  }
  return false;
}
