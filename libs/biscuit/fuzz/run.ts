import { Random } from "./random.ts";
import { type Reference, ReferencePanic } from "./reference.ts";
import { isDifference, type Suite, type Verdict } from "./suite.ts";

/** A case on which both sides differ without a known reason, made small. */
export interface Failure {
  readonly suite: string;
  readonly seed: number;
  readonly index: number;
  readonly smallest: unknown;
  readonly verdict: unknown;
}

/** What one suite showed with one seed. */
export interface Result {
  readonly suite: string;
  readonly seed: number;
  readonly cases: number;
  /** How many there should have been. */
  readonly required: number;
  readonly divergences: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

/** When to stop: after so many cases, or when the time is over; the first failures end a run early. */
export interface Extent {
  readonly from: number;
  readonly cases: number;
  readonly until?: () => boolean;
}

const PANIC = "reference-panics";
const MOST_FAILURES = 5;
const MOST_SHRINKS = 400;
/** Of cases: a reference that panics more often than this is no reference. */
const MOST_PANICS = 0.001;
/** The reference's memory only grows. */
const RELOAD_EVERY = 20_000;

async function verdictOf<Case>(
  suite: Suite<Case>,
  each: Case,
  reference: Reference,
): Promise<Verdict> {
  try {
    return suite.check(each, reference);
  } catch (error) {
    if (!(error instanceof ReferencePanic))
      return { ours: String(error instanceof Error ? error.stack : error), theirs: "" };
    await reference.reload();
    return { divergence: PANIC };
  }
}

/** The smallest case found that still fails. */
async function shrunk<Case>(
  suite: Suite<Case>,
  failing: Case,
  reference: Reference,
): Promise<Case> {
  let smallest = failing;
  let left = MOST_SHRINKS;
  for (let found = true; found && left > 0;) {
    found = false;
    for (const candidate of suite.shrink(smallest)) {
      if (left-- <= 0) break;
      if (!isDifference(await verdictOf(suite, candidate, reference))) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
}

/** Runs the cases of one suite and one seed. */
export async function runSuite<Case>(
  suite: Suite<Case>,
  seed: number,
  extent: Extent,
  reference: Reference,
): Promise<Result> {
  const divergences = new Map<string, number>();
  const failures: Failure[] = [];
  const startedAt = performance.now();
  let index = extent.from;
  for (; index < extent.from + extent.cases && failures.length < MOST_FAILURES; index++) {
    if (extent.until?.() === true) break;
    if (index % RELOAD_EVERY === RELOAD_EVERY - 1) await reference.reload();
    const each = suite.generate(new Random(seed, suite.name, index));
    const verdict = await verdictOf(suite, each, reference);
    if (verdict === "agreed") continue;
    if (isDifference(verdict)) {
      const smallest = await shrunk(suite, each, reference);
      failures.push({
        suite: suite.name,
        seed,
        index,
        smallest,
        verdict: await verdictOf(suite, smallest, reference),
      });
      continue;
    }
    divergences.set(verdict.divergence, (divergences.get(verdict.divergence) ?? 0) + 1);
  }
  const panics = divergences.get(PANIC) ?? 0;
  if (panics > Math.max(3, MOST_PANICS * extent.cases)) {
    failures.push({
      suite: suite.name,
      seed,
      index,
      smallest: panics,
      verdict: "the reference panics too often",
    });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    suite: suite.name,
    seed,
    cases: index - extent.from,
    required: extent.cases,
    divergences,
    failures,
    seconds,
  };
}
