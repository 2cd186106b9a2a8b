import { median, type Row } from "@bastide/e2e";

/** Rounds of one comparison. An odd number, so that the median is a measurement. */
const ROUNDS = 17;
/** CPU time that a round of one side should take: long against the kernel's bookkeeping, which is some 0.2 ms late. */
const ROUND_US = 15_000;
const MOST_CALLS = 16_384;

/** Something to time. `prepare`, when given, makes what one call uses up and is not timed. */
export interface Subject<Prepared = undefined> {
  readonly prepare?: () => Prepared;
  readonly run: (prepared: Prepared) => unknown;
}

/** Median CPU time of one call of each side in microseconds, and the median of the ratios of the rounds. */
export interface Comparison {
  readonly oursUs: number;
  readonly peerUs: number;
  /** Ours to the peer's, from rounds that followed each other: what slows the machine slows both. */
  readonly ratio: number;
}

/** CPU time of this thread alone: garbage collection and compilation on other threads do not count, nor do neighbours. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** A subject whose calls can be timed, with its kept preparation out of the way. */
class Timed<Prepared> {
  readonly #subject: Subject<Prepared>;
  #callsPerRound = 1;

  constructor(subject: Subject<Prepared>) {
    this.#subject = subject;
  }

  /** Doubles the calls of a round until it is long enough; by then the engine has compiled what it is going to. */
  warmUp(): void {
    while (this.#timeUs(this.#callsPerRound) < ROUND_US && this.#callsPerRound < MOST_CALLS)
      this.#callsPerRound *= 2;
  }

  roundUs(): number {
    return this.#timeUs(this.#callsPerRound) / this.#callsPerRound;
  }

  #timeUs(calls: number): number {
    const { prepare, run } = this.#subject;
    const prepared = Array.from({ length: calls }, () => prepare?.() as Prepared);
    const before = cpuUs();
    for (const each of prepared) run(each);
    return cpuUs() - before;
  }
}

/** Times two ways to do one thing in turns, in one process. */
export function compare<A, B>(ours: Subject<A>, peer: Subject<B>): Comparison {
  const sides = [new Timed(ours), new Timed(peer)] as const;
  for (const side of sides) side.warmUp();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const [oursUs, peerUs] = [sides[0].roundUs(), sides[1].roundUs()];
    return { oursUs, peerUs, ratio: oursUs / peerUs };
  });
  return {
    oursUs: median(rounds.map((round) => round.oursUs)),
    peerUs: median(rounds.map((round) => round.peerUs)),
    ratio: median(rounds.map((round) => round.ratio)),
  };
}

const round = (value: number): number => Number(value.toPrecision(4));

interface Named extends Comparison {
  readonly what: string;
  readonly peerName: string;
}

/** A row that is met when ours takes at most `limit` times the peer's time. */
export function within(named: Named, limit: number): Row {
  const { peerName, ratio } = named;
  return {
    ...timesOf(named),
    goal: `≤ ${limit} × ${peerName}, is ${ratio.toFixed(2)}`,
    met: ratio <= limit,
  };
}

/** A row that is met when ours is at least `times` as fast as the peer. */
export function faster(named: Named, times: number): Row {
  const found = 1 / named.ratio;
  return {
    ...timesOf(named),
    goal: `≥ ${times} × faster, is ${found.toFixed(1)}`,
    met: found >= times,
  };
}

/** A row that only compares. */
export function versus(named: Named): Row {
  return { ...timesOf(named), goal: "", met: true };
}

function timesOf({ what, peerName, oursUs, peerUs, ratio }: Named): Omit<Row, "goal" | "met"> {
  return {
    what,
    unit: "µs",
    ours: round(oursUs),
    peer: round(peerUs),
    peerName,
    ratio: round(ratio),
  };
}
