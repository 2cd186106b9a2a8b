import { join } from "node:path";
import {
  atMost,
  failed,
  INSTALLATION,
  Load,
  Platform,
  report,
  type Row,
  type Sample,
  until,
} from "../src/index.ts";
import { type Brick, killBrick, killInstance } from "./kill.ts";

const short = process.argv.includes("--short");
const ROUNDS = short ? 1 : 5;
const APP = "faults-app";
const say = (line: string) => process.stderr.write(`${line}\n`);

const loadOf = (platform: Platform) =>
  new Load({ port: platform.port, host: `${APP}.localhost`, requestsPerSecond: 200 }).start();

const answers = async (platform: Platform) =>
  (await platform.fetch(APP).catch(() => undefined))?.status === 200;

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
      const { items } = await platform.json<{ items: { observed?: { phase: string } }[] }>([
        "ps",
        "--app",
        APP,
      ]);
      const ready = items.filter(({ observed }) => observed?.phase === "ready");
      return ready.length === instances;
    });
  }
  const samples = await load.stop();
  const broken = samples.filter((sample) => failed(sample) && !sample.begun);
  const begun = samples.filter((sample) => failed(sample) && sample.begun);
  say(`  ${begun.length} answers had begun and broke off`);
  const what = `kill -9 of one of ${instances} instance(s)`;
  return [
    atMost(`${what}: longest gap`, "s", longestGap(samples), 1, { value: 60, name: "SlapOS" }),
    ...(instances > 1 ? [atMost(`${what}: failed idempotent requests`, "", broken.length, 0)] : []),
  ];
}

async function brickKilled(platform: Platform, brick: Brick): Promise<Row[]> {
  const load = loadOf(platform);
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    await killBrick(platform, brick);
    await until(`${brick} back`, async () => (await platform.status()).healthy, {
      deadlineMs: 60_000,
      everyMs: 100,
    });
    say(`  healthy again after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }
  const samples = await load.stop();
  const gap = atMost(`kill -9 of the ${brick}: longest gap`, "s", longestGap(samples), 1);
  if (brick === "gateway") return [gap];
  const failures = samples.filter(failed).length;
  return [gap, atMost(`kill -9 of the ${brick}: failed requests`, "", failures, 0)];
}

/** Kills the orchestrator while it deploys: the deployment must end, one way or the other, and the app must serve. */
async function deploymentInterrupted(platform: Platform): Promise<Row[]> {
  let ended = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const deployment = platform.cli([
      "deploy",
      join(INSTALLATION, "examples/node-http"),
      "--app",
      APP,
    ]);
    await until("a deployment under way", async () => {
      const { items } = await platform.json<{ items: { phase: string }[] }>([
        "deployments",
        "--app",
        APP,
      ]);
      return items.some(({ phase }) => !["succeeded", "failed", "cancelled"].includes(phase));
    }).catch(() => say("  the deployment was over before it could be interrupted"));
    await killBrick(platform, "orchestrator");
    await deployment;
    await until("no deployment under way", async () => {
      const { items } = await platform.json<{ items: { phase: string }[] }>([
        "deployments",
        "--app",
        APP,
      ]);
      return items.every(({ phase }) => ["succeeded", "failed", "cancelled"].includes(phase));
    });
    if (await answers(platform)) ended += 1;
  }
  return [atMost("interrupted deployments that did not end cleanly", "", ROUNDS - ended, 0)];
}

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
  say("killing the orchestrator during a deployment …");
  rows.push(...(await deploymentInterrupted(platform)));
  process.exitCode = (await report("faults deploy", rows)) ? 0 : 1;
} finally {
  await platform.destroy();
}
