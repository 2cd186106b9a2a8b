import { Injectable } from "@nestjs/common";
import { AwakeClock } from "./domain/awake-clock.ts";
import { isStale, latestOf, type Sign } from "./domain/sign.ts";

interface Heard {
  readonly awakeMs: number;
  readonly sign: Sign | undefined;
  readonly skewMs: number | undefined;
}

/** When each node was last heard of, and by which start of its agent. In memory: after a start of ours all begin anew. */
@Injectable()
export class NodePulses {
  readonly clock = new AwakeClock();
  readonly #heard = new Map<string, Heard>();

  /**
   * Takes a sign of life. False for what an earlier start of the agent said, or an earlier report that was late: it
   * must not be acted upon. `clock` is what the node's clock shows.
   */
  heard(name: string, sign?: Sign, clock?: string, nowMs: number = Date.now()): boolean {
    const before = this.#heard.get(name);
    if (sign && isStale(before?.sign, sign)) return false;
    this.#heard.set(name, {
      awakeMs: this.clock.nowMs,
      sign: sign ? latestOf(before?.sign, sign) : before?.sign,
      skewMs: clock === undefined ? before?.skewMs : Date.parse(clock) - nowMs,
    });
    return true;
  }

  /** By `clock`; undefined when it has said nothing since our start. */
  heardMs(name: string): number | undefined {
    return this.#heard.get(name)?.awakeMs;
  }

  skewMs(name: string): number | undefined {
    return this.#heard.get(name)?.skewMs;
  }

  /** Its next sign may be of any incarnation: the node was set up anew. */
  forget(name: string): void {
    this.#heard.delete(name);
  }
}
