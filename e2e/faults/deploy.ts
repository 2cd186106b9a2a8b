import { join } from "node:path";
import {
  atMost,
  bareSpawnMs,
  failed,
  figure,
  INSTALLATION,
  Load,
  median,
  Platform,
  report,
  type Row,
  type Sample,
  until,
} from "../src/index.ts";
import { AcknowledgedChanges } from "./acknowledged.ts";
import { deploymentInterrupted } from "./interrupted.ts";
import { type Brick, hasBrick, killBrick, killInstance } from "./kill.ts";

const short = process.argv.includes("--short");
const ROUNDS = short ? 1 : 5;
/** Of which the median counts: one gap may be another program's moment on the machine. */
const BRICK_ROUNDS = short ? 3 : 5;
const BEFORE_MS = 100;
const APP = "faults-app";
const say = (line: string) => process.stderr.write(`${line}\n`);

const loadOf = (platform: Platform) =>
  new Load({ port: platform.port, host: `${APP}.localhost`, requestsPerSecond: 200 }).start();

const answers = async (platform: Platform) =>
  (await platform.fetch(APP).catch(() => undefined))?.status === 200;

const isHealthy = async (platform: Platform) =>
  (await platform.status().catch(() => undefined))?.healthy === true;

/** The goal is one second; on a machine too busy to start a bare app in an eighth of that, it is eight such starts. */
async function longestGapGoal(): Promise<number> {
  const source = join(INSTALLATION, "examples/node-http");
  const starts = [];
  for (let i = 0; i < 5; i++) starts.push(await bareSpawnMs(source));
  return Math.max(1, (8 * median(starts)) / 1000);
}

/** Longest time without a single answer, in seconds. */
function longestGap(samples: readonly Sample[]): number {
  const ends = samples
    .filter((sample) => !failed(sample))
    .map(({ startedAtMs, latencyMs }) => startedAtMs + latencyMs)
    .toSorted((a, b) => a - b);
  return Math.max(0, ...ends.slice(1).map((end, i) => end - (ends[i] ?? end))) / 1000;
}

async function instanceKilled(platform: Platform, instances: number): Promise<Row[]> {
  await platform.json(["scale", `web=${instances}`, "--app", APP]);
  const load = loadOf(platform);
  for (let round = 0; round < ROUNDS; round++) {
    await killInstance(platform, APP);
    await until("all instances ready", async () => {
      const seen = await platform.json<{ instances: { observed?: { phase: string } }[] }>([
        "ps",
        "--app",
        APP,
      ]);
      const ready = seen.instances.filter(({ observed }) => observed?.phase === "ready");
      return ready.length === instances;
    });
  }
  const samples = await load.stop();
  const broken = samples.filter((sample) => failed(sample) && !sample.begun);
  const begun = samples.filter((sample) => failed(sample) && sample.begun);
  say(`  ${begun.length} answers had begun and broke off`);
  const what = `kill -9 of one of ${instances} instance(s)`;
  return [
    atMost(`${what}: longest gap`, "s", longestGap(samples), await longestGapGoal(), {
      value: 60,
      name: "SlapOS",
    }),
    ...(instances > 1 ? [atMost(`${what}: failed idempotent requests`, "", broken.length, 0)] : []),
  ];
}

async function brickKilled(platform: Platform, brick: Brick): Promise<Row[]> {
  const changes = await new AcknowledgedChanges(platform, `faults-${brick}`).start();
  const load = loadOf(platform);
  const starts: number[] = [];
  for (let round = 0; round < BRICK_ROUNDS; round++) {
    const startedAt = performance.now();
    starts.push(startedAt);
    await killBrick(platform, brick);
    // Only then what keeps a core busy by itself, as looking through all processes and our own commands do.
    await until(`${APP} answering`, () => answers(platform));
    await until(`another ${brick}`, () => hasBrick(platform, brick));
    await until(`${brick} back`, () => isHealthy(platform), { deadlineMs: 60_000, everyMs: 100 });
    say(`  healthy again after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }
  const samples = await load.stop();
  const gaps = starts.map((fromMs, round) =>
    longestGap(samples.filter(isWithin(fromMs, starts[round + 1]))),
  );
  const what = `kill -9 of the ${brick}: longest gap`;
  const rows = [
    ...(await changes.stop(`kill -9 of the ${brick}`)),
    atMost(`${what}, median of ${gaps.length}`, "s", median(gaps), await longestGapGoal()),
    figure(`${what} of all`, "s", Math.max(...gaps)),
  ];
  if (brick === "gateway") return rows;
  const failures = samples.filter(failed).length;
  return [...rows, atMost(`kill -9 of the ${brick}: failed requests`, "", failures, 0)];
}

/** Of one round: its last answers of before, too, since a gap begins with them. */
const isWithin =
  (fromMs: number, toMs = Number.POSITIVE_INFINITY) =>
  ({ startedAtMs }: Sample): boolean =>
    startedAtMs >= fromMs - BEFORE_MS && startedAtMs < toMs;

const platform = await Platform.start();
try {
  await platform.json(["deploy", join(INSTALLATION, "examples/node-http"), "--app", APP]);
  const rows: Row[] = [];
  for (const instances of [1, 2]) {
    say(`killing one of ${instances} instances …`);
    rows.push(...(await instanceKilled(platform, instances)));
  }
  for (const brick of ["orchestrator", "agent", "gateway"] as const) {
    say(`killing the ${brick} …`);
    rows.push(...(await brickKilled(platform, brick)));
  }
  for (const brick of ["orchestrator", "agent", "gateway"] as const) {
    say(`killing the ${brick} during a deployment …`);
    rows.push(...(await deploymentInterrupted(platform, { app: APP, brick, rounds: ROUNDS, say })));
  }
  process.exitCode = (await report("faults deploy", rows)) ? 0 : 1;
} finally {
  await platform.destroy();
}
