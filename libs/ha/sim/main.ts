// `npm run sim -- ha [--seeds N] [--first N] [--seed N] [--write]`
import { MUTATIONS, SOUND } from "./mutations.ts";
import { type Options, readOptions } from "./options.ts";
import { writeRecord } from "./record.ts";
import { simulate } from "./simulate.ts";
import { type Noticed, shortcomings, type Sum } from "./verdict.ts";

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Within so many seeds each mutation has to be noticed. */
const SEEDS_PER_MUTATION = 400;

function replay(seed: number): boolean {
  const { nodes, steps, faults, violation, log } = simulate(seed, SOUND);
  for (const line of log) say(`  ${line}`);
  say(
    `${violation === undefined ? "ok" : `FAILED: ${violation}`}: seed ${seed}, ${nodes} nodes, ${steps} steps, ${faults} faults`,
  );
  return violation === undefined;
}

function runSeeds(first: number, seeds: number): Sum {
  const before = process.cpuUsage();
  const sum = {
    seeds,
    failed: 0,
    steps: 0,
    faults: 0,
    fewestNodes: Number.POSITIVE_INFINITY,
    fewestSteps: Number.POSITIVE_INFINITY,
    fewestFaults: Number.POSITIVE_INFINITY,
  };
  for (let seed = first; seed < first + seeds; seed += 1) {
    const { nodes, steps, faults, violation } = simulate(seed, SOUND);
    sum.fewestNodes = Math.min(sum.fewestNodes, nodes);
    sum.steps += steps;
    sum.faults += faults;
    sum.fewestSteps = Math.min(sum.fewestSteps, steps);
    sum.fewestFaults = Math.min(sum.fewestFaults, faults);
    if (violation === undefined) continue;
    sum.failed += 1;
    say(`FAILED ${violation}: npm run sim -- ha --seed ${seed}`);
  }
  const { user, system } = process.cpuUsage(before);
  return { ...sum, cpuSeconds: (user + system) / 1_000_000 };
}

/** The seeds that it took until the mutation was noticed, and how it showed. */
function noticed(name: string, first: number): Noticed | undefined {
  const parts = MUTATIONS[name] ?? SOUND;
  for (let tried = 0; tried < SEEDS_PER_MUTATION; tried += 1) {
    const { violation } = simulate(first + tried, parts);
    if (violation !== undefined) return { seeds: tried + 1, violation };
  }
  return undefined;
}

function runMutations(first: number): Record<string, Noticed | undefined> {
  say(`\n${"mutation".padEnd(44)} ${"seeds".padStart(5)}  noticed as`);
  const all: Record<string, Noticed | undefined> = {};
  for (const name of Object.keys(MUTATIONS)) {
    const found = noticed(name, first);
    all[name] = found;
    say(
      `${name.padEnd(44)} ${String(found?.seeds ?? "-").padStart(5)}  ${found?.violation ?? `NOT in ${SEEDS_PER_MUTATION} seeds`}`,
    );
  }
  return all;
}

/** Undefined, said why, when the options are none. */
function options(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`sim ha: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

/** sysexits.h: the command was used wrongly. */
const EX_USAGE = 64;

async function main(): Promise<number> {
  const asked = options();
  if (asked === undefined) return EX_USAGE;
  const { seed, seeds, first, isWritten } = asked;
  if (seed !== undefined) return replay(seed) ? 0 : 1;
  const sum = runSeeds(first, seeds);
  const mutations = runMutations(first);
  const short = shortcomings(sum, mutations);
  const all = Object.values(mutations);
  for (const what of short) say(`SHORT: ${what}`);
  say(
    `\n${short.length === 0 ? "ok" : "FAILED"}: sim ha, ${seeds} seeds from ${first} in ${sum.cpuSeconds.toFixed(1)} s of CPU, ${sum.failed} failed; at least ${sum.fewestNodes} nodes, ${sum.steps} steps (fewest ${sum.fewestSteps}), ${sum.faults} faults (fewest ${sum.fewestFaults}); ${all.filter(Boolean).length} of ${all.length} mutations noticed`,
  );
  if (isWritten) await writeRecord(sum, mutations);
  return short.length === 0 ? 0 : 1;
}

process.exitCode = await main();
