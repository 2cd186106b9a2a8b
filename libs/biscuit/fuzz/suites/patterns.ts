import { referenceForm } from "../../src/policy/reference-form.ts";
import { definePolicy } from "../../src/policy/policy.ts";
import { printText } from "../../src/syntax/print-term.ts";
import { explained, PATTERN_DIVERGENCES } from "../divergences.ts";
import { anyPattern, type PatternCase } from "../generate/patterns.ts";
import type { Reference } from "../reference.ts";
import type { Suite, Verdict } from "../suite.ts";

const LIMITS = { maxSteps: 20_000_000 };

function check(each: PatternCase, reference: Reference): Verdict {
  const source = `allow if ${printText(each.text)}.matches(${printText(each.pattern)}); deny if true;`;
  const outcome = reference.authorize(undefined, source);
  const theirs = "value" in outcome ? { Ok: outcome.value } : { Err: outcome.error };
  const ours = referenceForm(definePolicy(source).authorize(undefined, { limits: LIMITS }));
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return "agreed";
  return explained(PATTERN_DIVERGENCES, each, { ours, theirs }, (changed) =>
    check(changed, reference),
  );
}

function* shorter(text: string): Iterable<string> {
  const characters = Array.from(text);
  for (let i = 0; i < characters.length; i++) yield characters.toSpliced(i, 1).join("");
}

function* shrink({ pattern, text }: PatternCase): Iterable<PatternCase> {
  for (const each of shorter(pattern)) yield { pattern: each, text };
  for (const each of shorter(text)) yield { pattern, text: each };
}

/** Regular expressions against texts: both match or both do not. */
export const patterns: Suite<PatternCase> = {
  name: "patterns",
  cases: 3000,
  generate: anyPattern,
  check,
  shrink,
};
