import type { Heartbeat } from "../src/agent/agent.ts";
import type { LocalService } from "../src/ports/resource-driver.ts";
import type { Desired, FlexTopology, ServiceSpec } from "../src/services/service.ts";
import { TICK_MS } from "./scenario.ts";

/** A node is suspected after so long a silence, of the time in which one listened; clocks differ by a hundredth. */
const SUSPECTED_MS = { soonest: 950, latest: 1_050 };

/** A round that comes late has listened for no longer than this. */
const MOST_LISTENED_MS = 2 * TICK_MS;

interface Heard {
  /** Of the time in which the node listened. */
  readonly atMs: number;
  readonly heartbeat: Pick<Heartbeat, "incarnation" | "runs" | "serves">;
}

/**
 * What a node's agent was told of who runs what, kept apart from the agent, to judge by it what that one does without a
 * lease: what it cannot know it may do wrong, and what it knows it may not.
 */
export class KnownRuns {
  readonly #heard = new Map<string, Heard>();
  #lookedAtMs: number;
  #listenedMs = 0;
  #here: ReadonlyMap<string, LocalService> = new Map();

  constructor(nowMs: number) {
    this.#lookedAtMs = nowMs;
  }

  heard(from: string, heartbeat: Heartbeat): void {
    const before = this.#heard.get(from)?.heartbeat.incarnation ?? 0;
    if (heartbeat.incarnation >= before)
      this.#heard.set(from, { atMs: this.#listenedMs, heartbeat });
  }

  /** The drivers' word at the moment of a decision: what is decided then rests on nothing later. */
  looked(here: ReadonlyMap<string, LocalService>, nowMs: number): void {
    this.#listenedMs += Math.min(nowMs - this.#lookedAtMs, MOST_LISTENED_MS);
    this.#lookedAtMs = nowMs;
    this.#here = here;
  }

  whyNotStart({ name, topology, affinities }: ServiceSpec): string | undefined {
    for (const { kind, service, isHard } of affinities)
      if (isHard && this.#isUp(service) === (kind === "apart"))
        return `it is to be ${kind} ${service}`;
    if (topology.kind !== "flex" || this.#isUp(name)) return undefined;
    const running = this.#runningWithin(SUSPECTED_MS.soonest, name).length;
    return running < topology.max ? undefined : `${running} run and ${topology.max} may`;
  }

  whyNotStop({ name, topology }: ServiceSpec, desired: Desired | undefined): string | undefined {
    const isWanted = desired?.kind === "started" || desired?.kind === "placed";
    const isServed = Object.values(this.#here.get(name)?.resources ?? {}).every(
      (state) => state === "started",
    );
    return isWanted && isServed && topology.kind === "flex"
      ? this.#whyNotTake(name, topology)
      : undefined;
  }

  /** Below the minimum only where nobody could be started, and nobody is starting, to take its place first. */
  #whyNotTake(name: string, { min, max }: FlexTopology): string | undefined {
    const others = this.#runningWithin(SUSPECTED_MS.latest, name);
    const serving = others.filter(({ serves }) => serves.includes(name)).length;
    if (serving >= min || (others.length + 1 >= max && serving === others.length)) return undefined;
    return `${serving} others serve and ${min} have to`;
  }

  /** Other nodes that run it, as they said no longer ago than this. */
  #runningWithin(ms: number, service: string): Heard["heartbeat"][] {
    return Array.from(this.#heard.values())
      .filter(({ atMs }) => this.#listenedMs - atMs < ms)
      .map(({ heartbeat }) => heartbeat)
      .filter(({ runs }) => runs.includes(service));
  }

  #isUp(service: string): boolean {
    const states = Object.values(this.#here.get(service)?.resources ?? {});
    return states.some((state) => state !== "stopped");
  }
}
