import { DOWNGRADE_CASES } from "../downgrade/downgrade-cases.ts";
import type { Case } from "../case.ts";
import { CASES } from "../cases.ts";
import type { Mutation } from "./mutations.ts";

export interface MutationCases {
  readonly plain: readonly Case[];
  readonly downgrade: typeof DOWNGRADE_CASES;
}

/** The cases that could notice a mutation. Throws where there is none: nothing would fail then, whatever is taken away. */
export function casesOf({ rule, cases }: Pick<Mutation, "rule" | "cases">): MutationCases {
  const plain = CASES.filter(({ name }) => cases.test(name));
  const downgrade = DOWNGRADE_CASES.filter(({ name }) => cases.test(name));
  if (plain.length + downgrade.length === 0)
    throw new Error(`no case has a name like ${String(cases)}, of "${rule}"; correct the pattern`);
  return { plain, downgrade };
}
