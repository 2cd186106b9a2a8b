import { definePolicy } from "../src/policy/policy.ts";
import { referenceForm } from "../src/policy/reference-form.ts";
import { anyProgram, sourceOf } from "./generate/programs.ts";
import { Random } from "./random.ts";
import type { Failure, Result } from "./run.ts";
import { ourToken } from "./suites/programs.ts";

const REPEATS = 10_000;
const PROGRAMS = 4;

/** Decides about one program again and again; the first answer that differs, beside the one that was given before. */
function differing(
  program: ReturnType<typeof anyProgram>,
  repeats: number,
): { readonly ours: string; readonly theirs: string | undefined } | undefined {
  const token = ourToken(program.blocks);
  const policy = definePolicy(sourceOf(program.authorizer));
  const answer = (maxSteps: number): string =>
    JSON.stringify(referenceForm(policy.authorize(token, { limits: { maxSteps } })));
  // Every other time with a budget that may not suffice: running out is an answer too, and must come at the same step.
  const wanted = [answer(250_000), answer(20)];
  for (let i = 0; i < repeats; i++) {
    const got = answer(i % 2 === 0 ? 250_000 : 20);
    if (got !== wanted[i % 2]) return { ours: got, theirs: wanted[i % 2] };
  }
  return undefined;
}

const programOf = (seed: number, index: number): ReturnType<typeof anyProgram> =>
  anyProgram(new Random(seed, "determinism", index));

/** One program again, by the number that a failure names. */
export function replayDeterminism(seed: number, index: number): unknown {
  const program = programOf(seed, index);
  return { case: program, verdict: differing(program, REPEATS) ?? "the same every time" };
}

/** The same token and policy, decided on again and again: the answer never changes, not even with its limits near. */
export function runDeterminism(seed: number, round: number, repeats = REPEATS): Result {
  const failures: Failure[] = [];
  const startedAt = performance.now();
  for (let index = round * PROGRAMS; index < (round + 1) * PROGRAMS; index++) {
    const program = programOf(seed, index);
    const verdict = differing(program, repeats);
    if (verdict === undefined) continue;
    failures.push({ suite: "determinism", seed, index, smallest: program, verdict });
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
