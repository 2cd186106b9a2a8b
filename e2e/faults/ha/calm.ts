import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { atMost, figure, type Row } from "../../src/index.ts";
import { DrillLoad, longestSilence } from "./drill-load.ts";
import { bootMs, DRILL_PORT, settled } from "./ha-nodes.ts";
import type { World } from "./world.ts";

/** This many times as many programs that never rest as there are processors. */
const OVERSUBSCRIBED = 4;

/** No fault at all, on a machine that has far too much to do: nobody may take anything over, nor start it anew. */
export async function calm(world: World, minutes: number): Promise<Row[]> {
  const holder = await settled(world.platform, world.nodes);
  const load = new DrillLoad(world.nodes, {
    port: DRILL_PORT,
    perSecond: 50,
    isShared: false,
  }).start();
  const busy = Array.from({ length: OVERSUBSCRIBED * availableParallelism() }, startBusy);
  const [fromMs, fromBootMs] = [performance.now(), bootMs()];
  let ranMs = 0;
  try {
    await delay(minutes * 60_000);
    ranMs = performance.now() - fromMs;
  } finally {
    await Promise.all(busy.map(end));
    await load.stop();
  }
  const programs = world.nodes.flatMap((node) =>
    node.beats().flatMap(({ pid, atMs }) => (atMs >= fromBootMs ? [`${node.name} ${pid}`] : [])),
  );
  const epochs = new Set(load.samples.flatMap(({ epoch }) => epoch ?? []));
  const others = load.samples.filter(({ node }) => node !== undefined && node !== holder);
  const silentMs = longestSilence(load.samples, fromMs, fromMs + ranMs);
  return [
    figure(`calm: with the CPU ${OVERSUBSCRIBED} times oversubscribed, ran`, "min", ranMs / 60_000),
    atMost("calm: times that it was taken over or started anew", "", new Set(programs).size - 1, 0),
    atMost("calm: answers of another node", "", others.length, 0),
    figure("calm: leases taken anew by the node that had it", "", epochs.size - 1),
    figure("calm: longest silence", "s", silentMs / 1000),
  ];
}

/** In a session of its own: Linux weighs sessions, and eight in one would count as one; see autogroup in sched(7). */
const startBusy = (): ChildProcess =>
  spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore", detached: true });

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
