// `npm run fuzz -- biscuit [--seed N] [--minutes N] [--suite NAME] [--cases N] [--case N]`
import { Worker } from "node:worker_threads";
import { replayDeterminism } from "./determinism.ts";
import { FIXED_SEED, type Options, readOptions } from "./options.ts";
import { PROPERTIES, problemOfBatch } from "./properties.ts";
import { Random } from "./random.ts";
import { Reference } from "./reference.ts";
import { isStillFailing, replayRobustness } from "./robustness.ts";
import { type Failure, type Result } from "./run.ts";
import { DIFFERENTIAL } from "./suites/all.ts";

/** Characters of each string of a failed case that are printed; the command gives the rest. */
const MOST_SHOWN = 400;

const SUITES = [...DIFFERENTIAL, ...PROPERTIES]
  .map(({ name }) => name)
  .concat("robustness", "determinism")
  .join(", ");

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** One thread for each seed: two cores are enough for a run. */
function runSeed(
  seed: number,
  options: Options,
  onResult: (result: Result) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { seed, options },
  });
  worker.on("message", onResult);
  worker.on("error", reject);
  worker.on("exit", () => resolve());
  return promise;
}

/** Several rounds of one suite and seed as one. */
function summed(results: readonly Result[]): Result[] {
  const sums = new Map<string, Result>();
  for (const result of results) {
    const key = `${result.suite}/${result.seed}`;
    const before = sums.get(key);
    if (before === undefined) {
      sums.set(key, result);
      continue;
    }
    const divergences = new Map(before.divergences);
    for (const [name, count] of result.divergences)
      divergences.set(name, count + (divergences.get(name) ?? 0));
    sums.set(key, {
      ...before,
      cases: before.cases + result.cases,
      required: before.required + result.required,
      divergences,
      failures: [...before.failures, ...result.failures],
      seconds: before.seconds + result.seconds,
    });
  }
  return [...sums.values()];
}

const divergencesOf = ({ divergences }: Result): string =>
  Array.from(divergences, ([name, count]) => `${name} ${count}`).join(", ");

function printTable(results: readonly Result[]): void {
  say(
    `\n${"suite".padEnd(12)} ${"seed".padStart(10)} ${"cases".padStart(9)} ${"failed".padStart(7)} ${"s".padStart(7)}  known`,
  );
  for (const result of results.toSorted((a, b) => a.suite.localeCompare(b.suite))) {
    const { suite, seed, cases, failures, seconds } = result;
    say(
      `${suite.padEnd(12)} ${String(seed).padStart(10)} ${String(cases).padStart(9)} ${String(failures.length).padStart(7)} ${seconds.toFixed(1).padStart(7)}  ${divergencesOf(result)}`,
    );
  }
}

/** A failed case as data, and the command that runs it again. */
function printFailure({ suite, seed, index, smallest, verdict }: Failure): void {
  say(`\nFAILED ${suite}: npm run fuzz -- biscuit --suite ${suite} --seed ${seed} --case ${index}`);
  say(
    JSON.stringify(
      { suite, smallest, verdict },
      (_, value: unknown) => (typeof value === "string" ? value.slice(0, MOST_SHOWN) : value),
      2,
    ),
  );
}

function end(found: readonly Result[], options: Options): number {
  const results = found.map((result) =>
    result.suite === "robustness"
      ? { ...result, failures: result.failures.filter(isStillFailing) }
      : result,
  );
  for (const { suite, failures } of results)
    if (suite === "robustness") failures.forEach(printFailure);
  const failures = results.flatMap((result) => result.failures);
  printTable(results);
  const short =
    options.minutes === undefined ? results.filter(({ cases, required }) => cases < required) : [];
  const cases = results.reduce((sum, result) => sum + result.cases, 0);
  const known = results.reduce(
    (sum, result) => sum + [...result.divergences.values()].reduce((a, b) => a + b, 0),
    0,
  );
  const isGood = failures.length === 0 && short.length === 0 && results.length > 0;
  say(
    `\n${isGood ? "ok" : "FAILED"}: fuzz biscuit, ${cases} cases, ${failures.length} unexplained, ${known} under known divergences, seeds ${FIXED_SEED} and ${options.seed}; again with: npm run fuzz -- biscuit --seed ${options.seed}`,
  );
  return isGood ? 0 : 1;
}

/** What one case of any suite shows, by the number that a failure names. */
async function replayed(name: string, seed: number, index: number): Promise<unknown> {
  if (name === "robustness") return replayRobustness(seed, index);
  if (name === "determinism") return replayDeterminism(seed, index);
  const property = PROPERTIES.find((one) => one.name === name);
  if (property !== undefined)
    return { batch: index, verdict: problemOfBatch(property, seed, index) ?? "holds" };
  const suite = DIFFERENTIAL.find((one) => one.name === name);
  if (suite === undefined) throw new RangeError(`--case needs --suite, one of ${SUITES}`);
  const each = suite.generate(new Random(seed, suite.name, index));
  return { case: each, verdict: suite.check(each, await Reference.load()) };
}

/** Runs one case and shows what came of it. */
async function replay({ suite = "", seed }: Options, index: number): Promise<number> {
  say(JSON.stringify(await replayed(suite, seed, index), undefined, 2));
  return 0;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.case !== undefined) return replay(options, options.case);
  const results: Result[] = [];
  const seeds = new Set([FIXED_SEED, options.seed]);
  say(`fuzz biscuit: seeds ${[...seeds].join(" and ")}`);
  await Promise.all(
    Array.from(seeds, (seed) =>
      runSeed(seed, options, (result) => {
        results.push(result);
        say(
          `  ${result.suite} (seed ${result.seed}): ${result.cases} cases, ${result.failures.length} failed, ${result.seconds.toFixed(1)} s`,
        );
        // Those of robustness are judged once more when nothing else runs.
        if (result.suite !== "robustness") result.failures.forEach(printFailure);
      }),
    ),
  );
  return end(summed(results), options);
}

process.exitCode = await main();
