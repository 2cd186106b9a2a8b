import { atMost, figure, type Row } from "../../src/index.ts";
import { type Assaulted, Attackers } from "./attacks/attackers.ts";
import type { Attack, Crowd } from "./attacks/hostile.ts";
import { BROKEN, FaultBench, HOST } from "./bench.ts";
import { besides, p99Of, sayFailures, type Seen } from "./good-clients.ts";
import type { Footprint } from "./probe/footprint.ts";

const MOST_WAVES = 6;
const GROWTH_MB = 10;
/** To what as many good clients cost the others: an attacker must not be worth more than one of these. */
const MOST_P99_RATIO = 1.5;

export interface AttackOptions {
  readonly clients: number;
  readonly waves: number;
  readonly forMs: number;
  /** Whether what the good clients wait is held to its goal: in a second of it single pauses of the machine are most. */
  readonly judgesLatency: boolean;
  readonly say: (line: string) => void;
}

/** What came of all waves. */
interface Waves extends Seen {
  readonly footprints: readonly Footprint[];
  readonly leftOver: number;
  readonly died: number;
  readonly clients: number;
  readonly ended: number;
}

/** What good clients wait beside as many others that behave, by what these speak. */
export type CrowdP99 = (crowd: Crowd) => Promise<number>;

/** Measures each crowd once, when it is first asked for. */
export function crowdP99(options: AttackOptions): CrowdP99 {
  const known = new Map<Crowd, Promise<number>>();
  const measure = async (crowd: Crowd): Promise<number> => {
    options.say(`as many good clients over ${crowd} …`);
    const waves = await wavesOf("", crowd, options, () => false);
    sayFailures(waves, options.say);
    return p99Of(waves);
  };
  return (crowd) => {
    const measured = known.get(crowd) ?? measure(crowd);
    known.set(crowd, measured);
    return measured;
  };
}

/** Many hostile clients at once, in waves: good clients notice nothing, and nothing is left when they are gone. */
export async function attackRows(
  name: string,
  { crowd }: Attack,
  crowds: CrowdP99,
  options: AttackOptions,
): Promise<Row[]> {
  const { clients, waves, judgesLatency, say } = options;
  const crowdMs = await crowds(crowd);
  say(`${name}: ${clients} clients at once, ${waves} times …`);
  const seen = await wavesOf(name, undefined, options, mayLeak);
  sayFailures(seen, say);
  say(`  of ${seen.clients} clients the gateway ended one ${seen.ended} times; each came again`);
  const ratio = p99Of(seen) / crowdMs;
  const what = `${name}: p99 of other clients, to beside as many good ones over ${crowd}`;
  return [
    atMost(
      `${name}: failed requests of ${seen.samples.length} of other clients`,
      "",
      seen.failures.length,
      0,
    ),
    figure(`${name}: p99 of other clients`, "ms", p99Of(seen)),
    judgesLatency ? atMost(what, "×", ratio, MOST_P99_RATIO) : figure(what, "×", ratio),
    atMost(`${name}: workers that died`, "", seen.died, 0),
    atMost(`${name}: sockets left over`, "", seen.leftOver, 0),
    atMost(`${name}: sessions of HTTP/2 left over`, "", seen.footprints.at(-1)?.sessions ?? 0, 0),
    atMost(
      `${name}: streams and requests more after each later wave`,
      "",
      heldMore(seen.footprints),
      0,
    ),
    atMost(
      `${name}: memory grown by each later wave`,
      "MB",
      Math.max(0, leastGrowth(seen.footprints) / 1e6),
      GROWTH_MB,
    ),
  ];
}

/** `goesOn`: whether what is left after the waves so far asks for another one. */
async function wavesOf(
  name: string,
  crowd: Crowd | undefined,
  { clients, waves, forMs }: AttackOptions,
  goesOn: (footprints: readonly Footprint[]) => boolean,
): Promise<Waves> {
  await using bench = await FaultBench.start();
  await using attackers = new Attackers();
  const { port } = bench.gateway;
  const target = { port, securePort: bench.securePort, host: HOST, brokenHost: BROKEN };
  const assault = { name, ...(crowd && { crowd }), target, clients, forMs };
  const seen: (Seen & { result: Assaulted })[] = [];
  const footprints: Footprint[] = [];
  let leftOver = 0;
  while (seen.length < waves || (goesOn(footprints) && seen.length < MOST_WAVES)) {
    seen.push(await besides(bench, () => attackers.attack([assault])));
    leftOver = await bench.leftOver();
    footprints.push(await bench.footprint());
  }
  return {
    samples: seen.flatMap(({ samples }) => samples),
    failures: seen.flatMap(({ failures }) => failures),
    clients: seen.reduce((sum, { result }) => sum + result.clients, 0),
    ended: seen.reduce((sum, { result }) => sum + result.ended, 0),
    footprints,
    leftOver,
    died: await bench.deaths(),
  };
}

/** What leaks does so in every wave; caches and the allocator's reserves are full after some. */
const leastGrowth = (footprints: readonly Footprint[]): number =>
  leastStep(footprints.map(({ pssBytes }) => pssBytes));

const mayLeak = (footprints: readonly Footprint[]): boolean =>
  leastGrowth(footprints) > GROWTH_MB * 1e6 || heldMore(footprints) > 0;

/** By each later wave at least. */
const heldMore = (footprints: readonly Footprint[]): number =>
  Math.max(0, leastStep(footprints.map(({ streams, requests }) => streams + requests)));

const leastStep = (values: readonly number[]): number =>
  Math.min(...values.slice(1).map((now, i) => now - (values[i] ?? 0)));
