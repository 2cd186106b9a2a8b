import { parseArgs } from "node:util";

export interface Options {
  /** Runs this one alone and tells its faults. */
  readonly seed: number | undefined;
  readonly seeds: number;
  readonly first: number;
  /** Puts what came of it on record. */
  readonly isWritten: boolean;
}

const SEEDS = 2_000;

function whole(text: string | undefined, name: string, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(
    `--${name} ${text} is no whole number from ${least}; write for example --${name} 10`,
  );
}

/** `--seeds N --first N --seed N --write`. Throws what is wrong with them, in words. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { seed: text, seeds: text, first: text, write: { type: "boolean", default: false } },
  });
  return {
    seed: whole(values.seed, "seed", 0),
    seeds: whole(values.seeds, "seeds", 1) ?? SEEDS,
    first: whole(values.first, "first", 0) ?? 1,
    isWritten: values.write,
  };
}
