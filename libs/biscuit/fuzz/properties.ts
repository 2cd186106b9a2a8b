import { checkExplanations } from "../src/explain/explanation-property.fixture.ts";
import { checkFormatter } from "../src/format/format-property.fixture.ts";
import { checkRoundTrip } from "../src/round-trip.fixture.ts";
import type { Failure, Result } from "./run.ts";

/** What holds of every program, without another implementation to ask. A case is a batch of programs. */
export interface Property {
  readonly name: string;
  /** Batches of one run in CI, for each of its two seeds. */
  readonly cases: number;
  /** Throws, with the smallest program, when the property does not hold of one of so many. */
  readonly check: (programs: number, seed: number) => void;
}

/** Programs of a batch: the generators make larger ones as a batch goes on. */
const BATCH = 100;
const MOST_FAILURES = 5;

export const PROPERTIES: readonly Property[] = [
  { name: "formatter", cases: 25, check: checkFormatter },
  { name: "explanations", cases: 10, check: (programs, seed) => checkExplanations(programs, seed) },
  { name: "round-trip", cases: 25, check: checkRoundTrip },
];

/** What is wrong in one batch, or nothing. */
export function problemOfBatch(
  { check }: Property,
  seed: number,
  index: number,
): string | undefined {
  try {
    check(BATCH, seed + index);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Runs the batches of one round. `cases` of the result are programs. */
export function runProperty(
  property: Property,
  seed: number,
  round: number,
  batches: number = property.cases,
  until: () => boolean = () => false,
): Result {
  const failures: Failure[] = [];
  const startedAt = performance.now();
  let done = 0;
  for (; done < batches && failures.length < MOST_FAILURES && !until(); done++) {
    const index = round * batches + done;
    const problem = problemOfBatch(property, seed, index);
    if (problem === undefined) continue;
    const where = { suite: property.name, seed, index };
    failures.push({ ...where, smallest: problem, verdict: "does not hold" });
  }
  return {
    suite: property.name,
    seed,
    cases: done * BATCH,
    required: batches * BATCH,
    divergences: new Map(),
    failures,
    seconds: (performance.now() - startedAt) / 1000,
  };
}
