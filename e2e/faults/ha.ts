import { parseArgs } from "node:util";
import { report, type Row } from "../src/index.ts";
import { calm } from "./ha/calm.ts";
import { type Case, CASES } from "./ha/cases.ts";
import { lineOf } from "./ha/line.ts";
import { type Part, writeReliability } from "./ha/reliability.ts";
import { type Round, roundOf } from "./ha/round.ts";
import { rowsOf } from "./ha/rows.ts";
import { World } from "./ha/world.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string" },
    calm: { type: "boolean", default: false },
    /** How long a calm run takes, and how long the control plane is dead: half an hour, and ten minutes (one with --short). */
    minutes: { type: "string" },
    /** Writes docs/reliability.md by what was measured. */
    write: { type: "boolean", default: false },
  },
});

const say = (line: string) => process.stderr.write(`${line}\n`);
const rounds = Number(values.rounds ?? (values.short ? 1 : 5));
const minutes = Number(values.minutes ?? (values.calm ? 30 : values.short ? 1 : 10));
const names = values.only?.split(",");
const unknown = names?.filter((name) => !CASES.some((one) => one.name === name)) ?? [];

const refusals = [
  ...(unknown.length === 0
    ? []
    : [`there is no ${unknown.join(", ")}; there are ${CASES.map(({ name }) => name).join(", ")}`]),
  ...(minutes > 0 && rounds >= 1 ? [] : ["--minutes and --rounds take numbers above 0"]),
  ...(process.getuid?.() === 0
    ? []
    : ["this needs root: each node has a network namespace of its own"]),
];
if (refusals.length > 0) {
  for (const line of refusals) say(line);
  process.exit(2);
}

async function faults(world: World, cases: readonly Case[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of cases) rows.push(...(await rowsOfCase(world, one)));
  return rows;
}

async function rowsOfCase(world: World, one: Case): Promise<Row[]> {
  const missing = one.needs?.();
  if (missing !== undefined) return notEnded(one, `not run: ${missing}`);
  const seen: Round[] = [];
  try {
    const times = one.isOnce === true ? 1 : rounds;
    for (let round = 0; round < times; round++) seen.push(await roundOf(world, one));
    say(lineOf(one, seen));
    return rowsOf(one, seen);
  } catch (error) {
    // What did not end is said, and the others are tried all the same.
    return notEnded(one, error instanceof Error ? error.message : String(error));
  }
}

function notEnded({ name, what }: Case, reason: string): Row[] {
  say(`${name} (${what}): ${reason}`);
  return [{ what: `${name}: ${reason}`, unit: "", ours: 0, goal: "ends", met: false }];
}

async function parts(world: World): Promise<Part[]> {
  if (values.calm) {
    say(`no fault for ${minutes} minutes, on a CPU that has far too much to do …`);
    const how = `One run of ${minutes} minutes`;
    return [{ title: "faults ha, calm", how, rows: await calm(world, minutes) }];
  }
  const wanted = CASES.filter(({ name }) => names?.includes(name) ?? true);
  const repeated = await faults(
    world,
    wanted.filter(({ isOnce }) => isOnce !== true),
  );
  const once = await faults(
    world,
    wanted.filter(({ isOnce }) => isOnce === true),
  );
  return [
    { title: "faults ha", how: `Each fault ${rounds} time(s): the worst of them`, rows: repeated },
    { title: "faults ha, long", how: `One run of ${minutes} minutes`, rows: once },
  ].filter(({ rows }) => rows.length > 0);
}

const measured = await (async () => {
  await using world = await World.start(minutes * 60_000);
  return await parts(world);
})();
let isMet = true;
for (const { title, rows } of measured) isMet = (await report(title, rows)) && isMet;
if (values.write) await writeReliability(measured);
process.exitCode = isMet ? 0 : 1;
