import { definePolicy } from "../src/policy/policy.ts";
import { referenceForm } from "../src/policy/reference-form.ts";
import { anyProgram, sourceOf } from "./generate/programs.ts";
import { Random } from "./random.ts";
import type { Failure, Result } from "./run.ts";
import { ourToken } from "./suites/programs.ts";

const REPEATS = 10_000;
const PROGRAMS = 4;

/** The same token and policy, decided on again and again: the answer never changes, not even with its limits near. */
export function runDeterminism(seed: number, round: number, repeats = REPEATS): Result {
  const failures: Failure[] = [];
  const startedAt = performance.now();
  for (let index = round * PROGRAMS; index < (round + 1) * PROGRAMS; index++) {
    const program = anyProgram(new Random(seed, "determinism", index));
    const token = ourToken(program.blocks);
    const policy = definePolicy(sourceOf(program.authorizer));
    const answer = (maxSteps: number): string =>
      JSON.stringify(referenceForm(policy.authorize(token, { limits: { maxSteps } })));
    // Every other time with a budget that may not suffice: running out is an answer too, and must come at the same step.
    const wanted = [answer(250_000), answer(20)];
    for (let i = 0; i < repeats; i++) {
      const got = answer(i % 2 === 0 ? 250_000 : 20);
      if (got === wanted[i % 2]) continue;
      failures.push({
        suite: "determinism",
        seed,
        index,
        smallest: program,
        verdict: { ours: got, theirs: wanted[i % 2] },
      });
      break;
    }
  }
  const cases = PROGRAMS * repeats;
  return {
    suite: "determinism",
    seed,
    cases,
    required: cases,
    divergences: new Map(),
    failures,
    seconds: (performance.now() - startedAt) / 1000,
  };
}
