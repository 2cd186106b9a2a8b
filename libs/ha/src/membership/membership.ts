/** How a member seems from here. */
export type Liveness = "alive" | "suspected" | "dead";

export interface MemberView {
  readonly id: string;
  /** Grows with each start of the member; what an earlier one said is ignored. */
  readonly incarnation: number;
  readonly liveness: Liveness;
  /** Its wall clock is within WALL_CLOCK_LIMIT_MS of most others': else it is not to take leases. */
  readonly isClockTrusted: boolean;
}

export interface MembershipSettings {
  readonly self: string;
  readonly members: readonly string[];
  /** How often `tick` is called when the machine keeps up. */
  readonly tickEveryMs: number;
  readonly suspectAfterMs: number;
  readonly deadAfterMs: number;
}

/** Tokens and certificates are judged by the wall clock: a node so far off would refuse good ones and take bad ones. */
export const WALL_CLOCK_LIMIT_MS = 30_000;

/** A tick may credit this many tick lengths of silence; the rest is our own lateness. */
const MOST_TICKS_CREDITED = 2;

interface Member {
  incarnation: number;
  /** Time in which we listened and heard nothing. */
  silenceMs: number;
  /** Its wall clock minus ours; undefined until it was heard. */
  wallOffsetMs: number | undefined;
}

/**
 * Who is there. Silence is counted only for the time in which this node listened: a tick that comes late counts for
 * at most two tick lengths, so that a starving or paused machine does not take all others for dead.
 */
export class Membership {
  readonly #settings: MembershipSettings;
  readonly #members = new Map<string, Member>();
  #tickedMs: number;

  constructor(settings: MembershipSettings, nowMs: number) {
    this.#settings = settings;
    this.#tickedMs = nowMs;
    for (const id of settings.members)
      this.#members.set(id, { incarnation: 0, silenceMs: 0, wallOffsetMs: undefined });
  }

  /** False when the message is an earlier incarnation's or of no member: it says nothing then. */
  heard(from: string, incarnation: number, theirWallMs: number, ourWallMs: number): boolean {
    const member = this.#members.get(from);
    if (member === undefined || incarnation < member.incarnation) return false;
    member.incarnation = incarnation;
    member.silenceMs = 0;
    member.wallOffsetMs = theirWallMs - ourWallMs;
    return true;
  }

  tick(nowMs: number): void {
    const credit = Math.min(
      nowMs - this.#tickedMs,
      MOST_TICKS_CREDITED * this.#settings.tickEveryMs,
    );
    this.#tickedMs = nowMs;
    for (const [id, member] of this.#members)
      if (id !== this.#settings.self) member.silenceMs += Math.max(0, credit);
  }

  isAlive(id: string): boolean {
    return this.liveness(id) === "alive";
  }

  liveness(id: string): Liveness {
    if (id === this.#settings.self) return "alive";
    const silenceMs = this.#members.get(id)?.silenceMs ?? Number.POSITIVE_INFINITY;
    if (silenceMs >= this.#settings.deadAfterMs) return "dead";
    return silenceMs >= this.#settings.suspectAfterMs ? "suspected" : "alive";
  }

  isClockTrusted(id: string): boolean {
    const offset = this.#offset(id);
    return offset === undefined || Math.abs(offset - this.#medianOffset()) <= WALL_CLOCK_LIMIT_MS;
  }

  views(): MemberView[] {
    return Array.from(this.#members, ([id, { incarnation }]) => ({
      id,
      incarnation,
      liveness: this.liveness(id),
      isClockTrusted: this.isClockTrusted(id),
    }));
  }

  #offset(id: string): number | undefined {
    return id === this.#settings.self ? 0 : this.#members.get(id)?.wallOffsetMs;
  }

  /** Of those heard and ourselves; the lower one of two, so that of two nodes neither blames the other alone. */
  #medianOffset(): number {
    const offsets = [...this.#members.keys()]
      .filter((id) => this.liveness(id) !== "dead")
      .map((id) => this.#offset(id))
      .filter((offset) => offset !== undefined)
      .toSorted((a, b) => a - b);
    return offsets[(offsets.length - 1) >> 1] ?? 0;
  }
}
