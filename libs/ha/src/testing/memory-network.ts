import type { NodeMessage } from "../agent/node-message.ts";
import { Transport } from "../ports/transport.ts";

/** What chance there is: seeded, so that a run can be had again. */
export interface Chance {
  /** An integer from `first` to `last`, both included. */
  between(first: number, last: number): number;
  chance(probability: number): boolean;
}

/** How one direction between two ends is at present. */
export interface Link {
  isCut: boolean;
  /** Share of messages that are lost, and that come twice. */
  loss: number;
  repeats: number;
  /** A message takes a time between these: so it may overtake another. */
  mostDelayMs: number;
  leastDelayMs: number;
}

const sound = (): Link => ({ isCut: false, loss: 0, repeats: 0, mostDelayMs: 20, leastDelayMs: 1 });

/** Directed links in memory between ends known by their names, each cut, slow or lossy as somebody says. */
export class MemoryNetwork {
  readonly #links = new Map<string, Map<string, Link>>();
  readonly #random: Chance;
  readonly #later: (delayMs: number, run: () => void) => void;

  constructor(
    ends: readonly string[],
    random: Chance,
    later: (delayMs: number, run: () => void) => void,
  ) {
    this.#random = random;
    this.#later = later;
    for (const from of ends)
      this.#links.set(from, new Map(ends.map((to): [string, Link] => [to, sound()])));
  }

  link(from: string, to: string): Link {
    const link = this.#links.get(from)?.get(to);
    if (link === undefined) throw new RangeError(`no link from ${from} to ${to}`);
    return link;
  }

  /** Every link as it was at first. */
  heal(): void {
    for (const links of this.#links.values())
      for (const link of links.values()) Object.assign(link, sound());
  }

  send(from: string, to: string, arrive: () => void): void {
    const link = this.link(from, to);
    if (from === to) {
      this.#later(0, arrive);
      return;
    }
    if (link.isCut || (link.loss > 0 && this.#random.chance(link.loss))) return;
    this.#later(this.#random.between(link.leastDelayMs, link.mostDelayMs), arrive);
    if (link.repeats > 0 && this.#random.chance(link.repeats))
      this.#later(this.#random.between(1, link.mostDelayMs * 2), arrive);
  }

  /** The transport of one end; what arrives is given to `deliver`. */
  transport(from: string, deliver: (to: string, message: NodeMessage) => void): Transport {
    const carry = (to: string, message: NodeMessage): void =>
      this.send(from, to, () => deliver(to, message));
    return new (class extends Transport {
      override send(to: string, message: NodeMessage): void {
        carry(to, message);
      }
    })();
  }
}
