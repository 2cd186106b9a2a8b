import { atMost, figure, type Row } from "../../../src/index.ts";
import { MIXED_ATTACKS } from "../attacks/all.ts";
import { type Assault, type Assaulted, Attackers } from "../attacks/attackers.ts";
import { BROKEN, FaultBench, HOST } from "../bench.ts";
import { besides, sayFailures } from "../good-clients.ts";
import type { Footprint } from "../probe/footprint.ts";
import { growthOf } from "./trend.ts";

/** For each attack alone; all of them together have so many times as long. */
const WAVE_MS = { least: 200, most: 1_000, together: 5 };
/** So many that each quarter has three samples. */
const ROUNDS = 12;

/**
 * What may be there more in the last quarter than in the second, when everything was collected. Some forty thousand
 * hostile clients lie between the two in ten minutes: a socket's worth of memory (some kilobytes) kept of each would be
 * a hundred megabytes and more, a closure's of 200 bytes eight. The collected heap of four processes grows by some 0.3 MB
 * without a leak (compiled code). The proportional set size rises to what the worst moments took and stays there, since
 * the allocator gives little of it back: that takes two to three minutes, so a run of three still shows it as growth. Of
 * what can be counted none may be more.
 */
const MAY_GROW = { pssMb: 8, heapMb: 2 };

const COUNTED = ["descriptors", "sessions", "streams", "requests", "timers"] as const;

export interface SoakOptions {
  readonly minutes: number;
  /** Of each attack at once. */
  readonly clients: number;
  /**
   * Whether failed requests of good clients and the growth of the proportional set size are held to their goals. A
   * minute among other programs judges what can be counted, and the heap: the two seconds in which a client has to send
   * its request pass for good ones too there, and the set size has not settled.
   */
  readonly judgesAll: boolean;
  readonly say: (line: string) => void;
}

/** All attacks in turn and together for minutes, beside good clients; what a gateway holds after each round must not grow. */
export async function soakRows({ minutes, clients, judgesAll, say }: SoakOptions): Promise<Row[]> {
  await using bench = await FaultBench.start();
  await using attackers = new Attackers();
  const { port } = bench.gateway;
  const target = { port, securePort: bench.securePort, host: HOST, brokenHost: BROKEN };
  const names = Object.keys(MIXED_ATTACKS);
  const waveMs = waveMsFor(minutes, names.length);
  const one = (name: string): Assault => ({ name, target, clients, forMs: waveMs });
  const few = Math.ceil(clients / 5);
  const together = { clients: few, forMs: WAVE_MS.together * waveMs };
  const round = async (): Promise<readonly Assaulted[]> => {
    const waves: Assaulted[] = [];
    for (const name of names) waves.push(await attackers.attack([one(name)]));
    return [...waves, await attackers.attack(names.map((name) => ({ ...one(name), ...together })))];
  };

  say(`${names.length} attacks in turn and together, for ${minutes} min …`);
  const beganMs = performance.now();
  const held: Footprint[] = [];
  const seen = { requests: 0, failures: 0, clients: 0, ended: 0, leftOver: 0 };
  while (performance.now() < beganMs + minutes * 60_000 || held.length < 4) {
    const { samples, failures, result } = await besides(bench, round);
    sayFailures({ samples, failures }, say);
    seen.requests += samples.length;
    seen.failures += failures.length;
    for (const wave of result) {
      seen.clients += wave.clients;
      seen.ended += wave.ended;
    }
    seen.leftOver = Math.max(seen.leftOver, await bench.leftOver());
    held.push(await bench.footprint());
    say(`  ${held.length}: ${told(held.at(-1))}`);
  }
  const failed = `soak: failed requests of ${seen.requests} of good clients`;
  return [
    figure("soak: lasted", "min", (performance.now() - beganMs) / 60_000),
    figure("soak: rounds of all attacks", "", held.length),
    figure("soak: hostile clients", "", seen.clients),
    figure("soak: times that the gateway ended one of them by itself", "", seen.ended),
    judgesAll ? atMost(failed, "", seen.failures, 0) : figure(failed, "", seen.failures),
    atMost("soak: workers that died", "", await bench.deaths(), 0),
    atMost("soak: sockets left over after any round", "", seen.leftOver, 0),
    ...growthRows(held, judgesAll),
  ];
}

/** From the second quarter to the last. */
function growthRows(held: readonly Footprint[], judgesAll: boolean): Row[] {
  const grown = (kind: keyof Footprint): number => growthOf(held.map((one) => one[kind]));
  const pss = "soak: memory (PSS) grown";
  const pssMb = Math.max(0, grown("pssBytes") / 1e6);
  return [
    figure(
      "soak: memory (PSS) of all its processes at the end",
      "MB",
      (held.at(-1)?.pssBytes ?? 0) / 1e6,
    ),
    judgesAll ? atMost(pss, "MB", pssMb, MAY_GROW.pssMb) : figure(pss, "MB", pssMb),
    atMost(
      "soak: heap grown, collected",
      "MB",
      Math.max(0, grown("heapBytes") / 1e6),
      MAY_GROW.heapMb,
    ),
    ...COUNTED.map((kind) => atMost(`soak: ${kind} more`, "", Math.max(0, grown(kind)), 0)),
  ];
}

/** A round takes the waves, some seconds until what was idle is closed, and the collection. */
function waveMsFor(minutes: number, attacks: number): number {
  const perRound = (minutes * 60_000) / ROUNDS - 6_000;
  const wave = perRound / (attacks + WAVE_MS.together);
  return Math.round(Math.min(WAVE_MS.most, Math.max(WAVE_MS.least, wave)));
}

const told = (one: Footprint | undefined): string =>
  Object.entries(one ?? {})
    .map(([kind, value]) =>
      kind.endsWith("Bytes")
        ? `${kind.slice(0, -5)} ${(value / 1e6).toFixed(1)} MB`
        : `${kind} ${value}`,
    )
    .join(", ");
