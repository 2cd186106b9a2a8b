import { until } from "../../src/index.ts";
import type { Case } from "./cases.ts";
import { DrillLoad, longestSilence } from "./drill-load.ts";
import type { Finding } from "./finding.ts";
import { type FirstAttempts, firstAttemptsOf } from "./first-attempts.ts";
import { bootMs, DRILL_PORT, PAIR_PORT, servicesOf, settled } from "./ha-nodes.ts";
import { overlapMs, stretchesOf } from "./overlap.ts";
import type { World } from "./world.ts";

/** Of each of the two services, together two hundred. */
const PER_SECOND = 100;

/** What one fault did. */
export interface Round {
  /** From the fault to the first answer of another node; undefined where the same one went on. */
  readonly takenMs: number | undefined;
  /** The longest time in which nobody answered for the drill. */
  readonly silentMs: number;
  readonly overlapMs: number;
  /** Writes that the witness refused, and those that it should have refused. */
  readonly fenced: number;
  readonly wrong: number;
  /** Requests to the pair that nobody answered, and answers of living nodes that broke off. */
  readonly failed: number;
  readonly slowestMs: number;
  readonly brokenOnLiving: number;
  readonly brokenOnDead: number;
  /** At the nodes that ran the pair when the fault began, but the one that it was done to. */
  readonly firstAttempts: readonly FirstAttempts[];
  readonly requests: number;
  readonly findings: readonly Finding[];
}

/** One fault under load, and everything right again after it. */
export async function roundOf(world: World, one: Case): Promise<Round> {
  await using afterwards = new AsyncDisposableStack();
  await one.prepare?.(world, afterwards);
  const holderName = await settled(world.platform, world.nodes);
  const holder = world.node(holderName);
  const pairNodes = await nodesOf(world, "drill-pair");
  const fromBootMs = bootMs();
  const writesBefore = world.witness.writes.length;
  world.drill = new DrillLoad(world.nodes, {
    port: DRILL_PORT,
    perSecond: PER_SECOND,
    isShared: false,
  }).start();
  world.pair = new DrillLoad(world.nodes, {
    port: PAIR_PORT,
    perSecond: PER_SECOND,
    isShared: true,
  }).start();
  let endMs = 0;
  let findings: readonly Finding[] = [];
  try {
    await answering(world, holderName);
    world.startsNow();
    await using heals = new AsyncDisposableStack();
    findings = (await one.run(world, holder, heals)) ?? [];
    endMs = performance.now();
    await heals.disposeAsync();
    await settled(world.platform, world.nodes);
  } finally {
    await Promise.all([world.drill.stop(), world.pair.stop()]);
  }
  const { drill, pair, witness } = world;
  const first = drill.samples.find(
    ({ startedAtMs, endedAtMs, node }) =>
      (startedAtMs > world.faultAtMs || endedAtMs > world.faultAtMs + 200) &&
      // What comes of putting all right again is none of the fault's doing.
      endedAtMs <= endMs &&
      node !== undefined &&
      node !== holderName,
  );
  const stretches = world.nodes.flatMap((node) =>
    stretchesOf(
      node.name,
      node.beats().filter(({ atMs }) => atMs >= fromBootMs),
    ),
  );
  const isDead = ({ node }: { readonly node: string }): boolean => node === holderName;
  return {
    takenMs: first && first.endedAtMs - world.faultAtMs,
    silentMs: longestSilence(drill.samples, world.faultAtMs, endMs),
    overlapMs: overlapMs(stretches),
    fenced: witness.writes.slice(writesBefore).filter(({ admitted }) => !admitted).length,
    wrong: witness.outOfOrder() + witness.sharedEpochs(),
    failed: pair.samples.filter(({ node }) => node === undefined).length,
    slowestMs: Math.max(
      ...pair.samples.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs),
    ),
    brokenOnLiving: pair.broken.filter((broken) => !isDead(broken)).length,
    brokenOnDead: pair.broken.filter(isDead).length,
    firstAttempts: firstAttemptsOf(
      pair.firstAttempts,
      pairNodes.filter((node) => node !== holderName),
      world.faultAtMs,
      endMs,
    ),
    requests: drill.samples.length + pair.samples.length,
    findings,
  };
}

async function nodesOf({ platform }: World, service: string): Promise<readonly string[]> {
  const found = (await servicesOf(platform)).find(({ name }) => name === service);
  return found?.instances.filter(({ isStale }) => !isStale).map(({ node }) => node) ?? [];
}

async function answering(world: World, holder: string): Promise<void> {
  await until("the drill and the pair answer", () => {
    const isPair = world.pair.samples.length > 50 && world.pair.last?.node !== undefined;
    return world.drill.last?.node === holder && isPair;
  });
}
