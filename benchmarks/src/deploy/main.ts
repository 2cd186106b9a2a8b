import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endpoints } from "@bastide/contracts";
import {
  atMost,
  bareSpawnMs,
  failed,
  figure,
  INSTALLATION,
  Load,
  median,
  medianOf,
  Platform,
  report,
  type Row,
} from "@bastide/e2e";
import { idleMemory } from "./memory.ts";
import { SampleApp } from "./sample-app.ts";
import { lastStamp, redeployMs, rollbackMs } from "./timings.ts";

const RUNS = 9;
const STARTS = 3;
const SWITCHES = 20;
/** Of each load: over TLS a new connection costs a millisecond of CPU on either side. */
const PER_SECOND = 70;
const piku = (value: number) => ({ value, name: "Piku 1.0" });
/** To go back is to build the older source again: as long as any redeploy. */
const rebuild = { value: 2, name: "Piku 1.0, a rebuild" };
/** They give no start a figure; an installation, which ends with one, takes minutes. */
const installed = { value: 60, name: "Coolify's and Dokploy's installation, more than" };

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
  const floor = floorMs / 1000;
  return [
    figure("bare spawn to listen", "s", floor),
    atMost("redeploy, prebuilt", "s", prebuilt / 1000, floor + 0.4, piku(2)),
    atMost("redeploy, from source", "s", source / 1000, floor + 1.4, piku(2)),
    atMost("rollback", "s", rollback / 1000, floor + 0.3, rebuild),
  ].map((row) => medianOf(RUNS, row));
}

async function switchRows(platform: Platform): Promise<Row[]> {
  await using app = await SampleApp.copy("node-http", "bench-switch");
  await redeployMs(platform, app);
  const loads = await switchLoads(platform);
  say(`${SWITCHES} redeploys and ${SWITCHES} rollbacks under 3 × ${PER_SECOND} requests/s …`);
  for (const { load } of loads) load.start();
  for (let i = 0; i < SWITCHES; i++) {
    await redeployMs(platform, app, "--prebuilt");
    await rollbackMs(platform, app, lastStamp(1));
  }
  return Promise.all(loads.map(switchRow));
}

interface NamedLoad {
  readonly name: string;
  readonly load: Load;
}

/** Side by side: half of each load's requests over kept connections, half each over one of its own. */
async function switchLoads(platform: Platform): Promise<readonly NamedLoad[]> {
  const { httpsPort } = platform;
  if (httpsPort === undefined) throw new Error("the platform does not answer on HTTPS");
  const api = await platform.api();
  const signal = AbortSignal.timeout(10_000);
  const { certificate: ca } = await api.call(endpoints.platform.certificateAuthority, { signal });
  const target = { host: "bench-switch.localhost", requestsPerSecond: PER_SECOND };
  const secure = { ...target, port: httpsPort };
  return [
    { name: "HTTP", load: new Load({ ...target, port: platform.port }) },
    { name: "HTTPS", load: new Load({ ...secure, secure: { ca, version: "1.1" } }) },
    { name: "HTTP/2", load: new Load({ ...secure, secure: { ca, version: "2" } }) },
  ];
}

async function switchRow({ name, load }: NamedLoad): Promise<Row> {
  const samples = await load.stop();
  const failures = samples.filter(failed);
  for (const { error, status, latencyMs } of failures.slice(0, 5))
    say(`  ${name} failed: ${error ?? status} after ${latencyMs.toFixed(0)} ms`);
  const what = `failed ${name} requests of ${samples.length} in ${2 * SWITCHES} switches`;
  return atMost(what, "", failures.length, 0, ...(name === "HTTP" ? [piku(177)] : []));
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
  const starts = await times(STARTS, async () => {
    await platform.down();
    const startedAt = performance.now();
    await platform.up();
    return performance.now() - startedAt;
  });
  const what = "start of an installed platform";
  return medianOf(STARTS, atMost(what, "s", median(starts) / 1000, 15, installed));
}

const home = await mkdtemp(join(tmpdir(), "bastide-bench-home-"));
const platform = await Platform.start({ home });
try {
  say("starting an installed platform …");
  const rows = [await startRow(platform), await memoryRow(platform)];
  rows.unshift(...(await deployRows(platform)), ...(await switchRows(platform)));
  const file = join(INSTALLATION, "benchmarks/results/deploy.json");
  process.exitCode = (await report("deploy", rows, file)) ? 0 : 1;
} finally {
  await platform.destroy();
}
