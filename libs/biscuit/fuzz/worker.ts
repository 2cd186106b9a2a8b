import { parentPort, workerData } from "node:worker_threads";
import { runDeterminism } from "./determinism.ts";
import type { Options } from "./options.ts";
import { PROPERTIES, runProperty } from "./properties.ts";
import { Reference } from "./reference.ts";
import { runRobustness } from "./robustness.ts";
import { type Result, runSuite } from "./run.ts";
import { DIFFERENTIAL } from "./suites/all.ts";

/** What one thread is to do: everything, with one seed. */
export interface Work {
  readonly seed: number;
  readonly options: Options;
}

const { seed, options }: Work = workerData;
const deadline =
  options.minutes === undefined ? Infinity : performance.now() + options.minutes * 60_000;
const until = (): boolean => performance.now() > deadline;
const wanted = (name: string): boolean => options.suite === undefined || options.suite === name;

// oxlint-disable-next-line require-post-message-target-origin -- a port between threads has no origin
const report = (result: Result): void => parentPort?.postMessage(result);

async function round(reference: Reference, number: number): Promise<void> {
  for (const suite of DIFFERENTIAL.filter(({ name }) => wanted(name))) {
    const cases = options.cases ?? suite.cases;
    if (!until())
      report(await runSuite(suite, seed, { from: number * cases, cases, until }, reference));
  }
  withoutReference(number);
}

/** What needs nobody to compare with. */
function withoutReference(number: number): void {
  for (const property of PROPERTIES.filter(({ name }) => wanted(name))) {
    if (!until()) report(runProperty(property, seed, number, options.cases, until));
  }
  if (wanted("robustness") && !until()) report(runRobustness(seed, number, options.cases, until));
  if (wanted("determinism") && !until()) report(runDeterminism(seed, number, options.cases));
}

const reference = await Reference.load();
for (let number = 0; number === 0 || (options.minutes !== undefined && !until()); number++)
  await round(reference, number);
