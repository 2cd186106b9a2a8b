import { expect, it } from "vitest";
import { casesOf } from "../e2e/conformance/gateway/mutations/cases-of.ts";
import { MUTATIONS } from "../e2e/conformance/gateway/mutations/mutations.ts";

it.each(MUTATIONS)("there is a case that could notice: without $rule", (mutation) => {
  const { plain, downgrade } = casesOf(mutation);
  expect(plain.length + downgrade.length).toBeGreaterThan(0);
});

it("a mutation whose pattern names no case is an error, and does not pass for one that changes nothing", () => {
  expect(() => casesOf({ rule: "there is one Host", cases: /^no such case/ })).toThrow(
    'no case has a name like /^no such case/, of "there is one Host"; correct the pattern',
  );
});
