import { beforeAll, describe, expect, it } from "vitest";
import { attempt } from "../fuzz/suites/programs.ts";
import { Reference } from "../fuzz/reference.ts";
import { definePolicy, referenceForm } from "./index.ts";
import { LANGUAGE_CASES } from "./language-cases.fixture.ts";
import { outcomeOf } from "./outcome.fixture.ts";
import { PATTERN_CASES } from "./pattern-cases.fixture.ts";
import { printText } from "./syntax/print-term.ts";

let reference: Reference;
beforeAll(async () => {
  reference = await Reference.load();
});

function ours(source: string): string {
  const policy = attempt(() => definePolicy(source));
  return "value" in policy
    ? outcomeOf(referenceForm(policy.value.authorize(undefined)))
    : "no program";
}

function theirs(source: string): string {
  const outcome = reference.authorize(undefined, source);
  return outcomeOf("value" in outcome ? { Ok: outcome.value } : { Err: outcome.error });
}

describe("the language", () => {
  it.each(LANGUAGE_CASES)("%j: %s", (source, outcome) => {
    expect(ours(source)).toBe(outcome);
  });

  it("is the same to the reference implementation in each of these cases", () => {
    expect(LANGUAGE_CASES.map(([source]) => [source, theirs(source)])).toEqual(LANGUAGE_CASES);
  });
});

const matching = (pattern: string, text: string): string =>
  `allow if ${printText(text)}.matches(${printText(pattern)}); deny if true;`;

describe("patterns", () => {
  it.each(PATTERN_CASES)("%j on %j: %j", (pattern, text, matches) => {
    expect(ours(matching(pattern, text))).toBe(matches ? "ok 0" : "deny 1");
  });

  it("match the same for the reference implementation in each of these cases", () => {
    const found = PATTERN_CASES.map(([pattern, text]) => [
      pattern,
      text,
      theirs(matching(pattern, text)) === "ok 0",
    ]);
    expect(found).toEqual(PATTERN_CASES);
  });
});
