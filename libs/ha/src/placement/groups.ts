import { requirementKeyOf } from "./class-rules.ts";
import { largest, minus, NO_ROOM, plus, type Room, roomFor } from "./resources.ts";
import type { Slot } from "./slot.ts";
import type { Workload } from "./workload.ts";

/** How many of something are in each place. */
export class Tally<Place> {
  readonly #counts = new Map<Place, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  get places(): IterableIterator<Place> {
    return this.#counts.keys();
  }

  get entries(): IterableIterator<[Place, number]> {
    return this.#counts.entries();
  }

  of(place: Place): number {
    return this.#counts.get(place) ?? 0;
  }

  has(place: Place): boolean {
    return this.#counts.has(place);
  }

  add(place: Place, count: number): void {
    const now = this.of(place) + count;
    this.#total += count;
    if (now === 0) this.#counts.delete(place);
    else this.#counts.set(place, now);
  }
}

/** A workload with where its instances are. */
export class Member {
  readonly workload: Workload;
  readonly requirement: string;
  readonly on: Tally<Slot> = new Tally<Slot>();
  /** Where instances of it are that have to leave: they hold their room until they have. */
  readonly leaving: Tally<Slot> = new Tally<Slot>();
  /** Nodes that are lost or gone, once for each instance that was there. */
  gone: readonly string[] = [];

  constructor(workload: Workload) {
    this.workload = workload;
    this.requirement = requirementKeyOf(workload);
  }

  get missing(): number {
    return Math.max(0, this.workload.count - this.on.total);
  }
}

/** Workloads that take each other's place. */
export class Group {
  readonly name: string;
  readonly members: Set<Member> = new Set();
  readonly on: Tally<Slot> = new Tally<Slot>();
  /** Those whose nodes are not this group's, whichever of the two said so. */
  readonly apart: Tally<string> = new Tally<string>();
  /** Groups that have to be where this one is. */
  readonly followers: Tally<string> = new Tally<string>();

  constructor(name: string) {
    this.name = name;
  }

  /** Nothing of it is there, and nobody asks for it. */
  get isForgettable(): boolean {
    return this.members.size + this.apart.total + this.followers.total === 0;
  }

  /** What a quota counts of it: asked at each placement, so that nothing is made but the answer. */
  charge(): Room {
    let charge = NO_ROOM;
    for (const { workload, on } of this.members) {
      const own = roomFor(workload.charge ?? workload.needs, on.total);
      charge = charge === NO_ROOM ? own : largest(charge, own);
    }
    return charge;
  }
}

/** What tenants use, followed as instances come and go. */
export class Accounts {
  readonly #used = new Map<string, Room>();

  of(tenant: string): Room {
    return this.#used.get(tenant) ?? NO_ROOM;
  }

  /** Does what changes the group, and books the difference. */
  book(tenant: string, group: Group, change: () => void): void {
    const before = group.charge();
    change();
    this.#used.set(tenant, plus(minus(this.of(tenant), before), group.charge()));
  }
}
