import type { Random } from "./random.ts";
import type { Reference } from "./reference.ts";

/** Two implementations that do not agree about a case. */
export interface Difference {
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** What a case showed: agreement, agreement but for a known divergence by its name, or a difference. */
export type Verdict = "agreed" | { readonly divergence: string } | Difference;

/** One kind of case. Cases are plain data, so that one that failed can be printed and run again. */
export interface Suite<Case> {
  readonly name: string;
  /** Cases of one run in CI, for each of its two seeds: together they are what a run promises. */
  readonly cases: number;
  generate(random: Random): Case;
  check(each: Case, reference: Reference): Verdict;
  /** Smaller cases, the smallest first; the first that still fails is shrunk further. */
  shrink(each: Case): Iterable<Case>;
}

export const isDifference = (verdict: Verdict): verdict is Difference =>
  typeof verdict === "object" && "ours" in verdict;

/** All ways to leave one item out, last first: later statements depend on earlier ones. */
export function* withoutOne<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let i = items.length - 1; i >= 0; i--) yield items.toSpliced(i, 1);
}

/** All ways to replace one item by what `smaller` gives. */
export function* withOneSmaller<Item>(
  items: readonly Item[],
  smaller: (item: Item) => Iterable<Item>,
): Iterable<readonly Item[]> {
  for (const [i, item] of items.entries()) {
    for (const each of smaller(item)) yield items.with(i, each);
  }
}
