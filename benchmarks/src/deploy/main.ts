import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
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
} from "@bastide/e2e";
import { idleMemory } from "./memory.ts";
import { SampleApp } from "./sample-app.ts";
import { lastStamp, redeployMs, rollbackMs } from "./timings.ts";

const RUNS = 9;
const SWITCHES = 20;
const piku = (value: number) => ({ value, name: "Piku 1.0" });

const say = (line: string) => process.stderr.write(`${line}\n`);

async function times(count: number, measure: (i: number) => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < count; i++) values.push(await measure(i));
  return values;
}

async function deployRows(platform: Platform): Promise<Row[]> {
  await using hello = await SampleApp.copy("node-http", "bench-hello");
  await using chat = await SampleApp.copy("websocket-chat", "bench-deps");
  say("spawning the app bare …");
  const floorMs = median(await times(RUNS, () => bareSpawnMs(hello.path)));
  say("redeploying it, prebuilt …");
  await redeployMs(platform, hello, "--prebuilt");
  const prebuilt = median(await times(RUNS, () => redeployMs(platform, hello, "--prebuilt")));
  say("rolling it back …");
  const rollback = median(await times(RUNS, (i) => rollbackMs(platform, hello, lastStamp(i + 1))));
  say("redeploying an app with a dependency from source …");
  await redeployMs(platform, chat);
  const source = median(await times(RUNS, () => redeployMs(platform, chat)));
  return [
    figure("bare spawn to listen", "s", floorMs / 1000),
    atMost("redeploy, prebuilt", "s", prebuilt / 1000, floorMs / 1000 + 0.4, piku(2)),
    atMost("redeploy, from source", "s", source / 1000, floorMs / 1000 + 1.4, piku(2)),
    atMost("rollback", "s", rollback / 1000, floorMs / 1000 + 0.3),
  ];
}

async function switchRows(platform: Platform): Promise<Row[]> {
  await using app = await SampleApp.copy("node-http", "bench-switch");
  await redeployMs(platform, app);
  const load = new Load({
    port: platform.port,
    host: "bench-switch.localhost",
    requestsPerSecond: 200,
  });
  say(`${SWITCHES} redeploys and ${SWITCHES} rollbacks under 200 requests/s …`);
  load.start();
  for (let i = 0; i < SWITCHES; i++) {
    await redeployMs(platform, app, "--prebuilt");
    await rollbackMs(platform, app, lastStamp(1));
  }
  const samples = await load.stop();
  const failures = samples.filter(failed);
  for (const { error, status, latencyMs } of failures.slice(0, 5))
    say(`  failed: ${error ?? status} after ${latencyMs.toFixed(0)} ms`);
  return [
    atMost(
      `failed requests of ${samples.length} in ${2 * SWITCHES} switches`,
      "",
      failures.length,
      0,
      piku(177),
    ),
  ];
}

async function memoryRow(platform: Platform): Promise<Row> {
  const shares = await idleMemory(platform);
  for (const { name, megabytes } of shares) say(`  ${name}: ${megabytes.toFixed(1)} MB`);
  const sum = shares.reduce((total, { megabytes }) => total + megabytes, 0);
  return atMost("idle memory (PSS), all but PostgreSQL", "MB", sum, 300, {
    value: 350,
    name: "Dokploy",
  });
}

async function startRow(platform: Platform): Promise<Row> {
  const startedAt = performance.now();
  await platform.up();
  return atMost("start of an installed platform", "s", (performance.now() - startedAt) / 1000, 15);
}

const home = await mkdtemp(join(tmpdir(), "bastide-bench-home-"));
const platform = await Platform.start({ home });
try {
  await platform.down();
  say("starting an installed platform …");
  const rows = [await startRow(platform), await memoryRow(platform)];
  rows.unshift(...(await deployRows(platform)), ...(await switchRows(platform)));
  const file = join(INSTALLATION, "benchmarks/results/deploy.json");
  process.exitCode = (await report("deploy", rows, file)) ? 0 : 1;
} finally {
  await platform.destroy();
}
