import { parseArgs } from "node:util";

/** What a run was asked for. */
export interface Options {
  /** Of the half of the cases that changes from run to run. */
  readonly seed: number;
  /** Runs on until this much time has passed; each suite once when not given. */
  readonly minutes: number | undefined;
  /** Only this suite. */
  readonly suite: string | undefined;
  /** Cases of each suite and seed, instead of the suite's own number. */
  readonly cases: number | undefined;
  /** Runs one case of `suite` and `seed` and prints it. */
  readonly case: number | undefined;
}

/** Seed of the half of the cases that is the same in every run. */
export const FIXED_SEED = 20_260_713;

const DAY_MS = 86_400_000;

function number(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`--${name} ${text} is no number; write for example --${name} 10`);
}

/** `--seed N --minutes N --suite NAME --cases N --case N`; without a seed it is the day's, so that it changes daily. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { seed: text, minutes: text, suite: text, cases: text, case: text },
  });
  return {
    seed: number(values.seed, "seed") ?? Math.floor(Date.now() / DAY_MS),
    minutes: number(values.minutes, "minutes"),
    suite: values.suite,
    cases: number(values.cases, "cases"),
    case: number(values.case, "case"),
  };
}
