import { runPolicyTests } from "@bastide/biscuit/testing";
import { expect, it } from "vitest";
import { joinCoverage, percentOf } from "./policy-coverage.ts";

const load = (): string => `allow if user("a");\ndeny if banned(true);`;
const covering = (facts: string, expected: string) => ({
  folder: "/policies",
  coverage: runPolicyTests(`policy "p"; test "t" { facts { ${facts} } expect ${expected}; }`, load)
    .coverage,
});

const allowed = covering(`user("a");`, "allow");
const denied = covering(`banned(true);`, "deny");
const neither = covering(`user("b");`, "no policy");

it("counts what several files show of one policy together", () => {
  expect(joinCoverage([allowed]).map(percentOf)).toEqual([25]);
  expect(joinCoverage([denied]).map(percentOf)).toEqual([50]);
  expect(joinCoverage([allowed, denied]).map(percentOf)).toEqual([75]);
  const [all] = joinCoverage([allowed, denied, neither]);
  expect(all).toMatchObject({ uncovered: [], covered: 4, total: 4 });
});

it("keeps policies of different folders apart", () => {
  expect(joinCoverage([allowed, { ...denied, folder: "/elsewhere" }])).toHaveLength(2);
});
