import type { FleetIndex } from "./fleet-index.ts";
import { type Group, type Member, Tally } from "./groups.ts";
import { domainOf, type SpreadKey } from "./node.ts";
import type { NodeClass } from "./node-class.ts";
import type { Needs } from "./resources.ts";
import type { Slot } from "./slot.ts";

interface CountedSpread {
  readonly over: SpreadKey;
  readonly most: number | undefined;
  /** Of the workload itself: what `most` bounds. */
  readonly counts: Tally<string>;
  /** Of its whole group: what is evened out. */
  readonly groupCounts: Tally<string>;
}

/** What counts for the next instance of one workload: made when it is placed, and kept up to date meanwhile. */
export class Aim {
  readonly member: Member;
  readonly group: Group;
  readonly needs: Needs;
  readonly spreads: readonly CountedSpread[];
  /** Groups on whose nodes it may not be, and those whose nodes it has to share. */
  readonly avoided: readonly Group[];
  readonly sought: readonly Group[];
  /** The same as wishes. */
  readonly shunned: readonly Group[];
  readonly liked: readonly Group[];

  constructor(index: FleetIndex, member: Member) {
    const { affinities, spread, needs, group } = member.workload;
    const groupsOf = (kind: "with" | "apart", isHard: boolean): Group[] =>
      affinities
        .filter((each) => each.kind === kind && each.isHard === isHard)
        .map((each) => index.groupOf(each.group));
    this.member = member;
    this.group = index.groupOf(group);
    this.needs = needs;
    this.spreads = spread.map(({ over, most }) => ({
      over,
      most,
      counts: domainCounts(member.on, over),
      groupCounts: domainCounts(this.group.on, over),
    }));
    this.avoided = [...this.group.apart.places].map((name) => index.groupOf(name));
    this.sought = groupsOf("with", true);
    this.shunned = groupsOf("apart", false);
    this.liked = groupsOf("with", false);
  }

  /** One more is on this slot. */
  placed({ node }: Slot): void {
    for (const { over, counts, groupCounts } of this.spreads) {
      const domain = domainOf(node, over) ?? "";
      counts.add(domain, 1);
      groupCounts.add(domain, 1);
    }
  }

  /** How crowded the domains of a class are already: the less, the more wanted. */
  crowd({ example }: NodeClass): number {
    let crowd = 0;
    for (const { over, groupCounts } of this.spreads)
      if (over !== "host") crowd += groupCounts.of(domainOf(example, over) ?? "");
    return crowd;
  }

  /** Wishes that a slot doesn't fulfil, and then instances of the group that it has: the less, the more wanted. */
  demerits(slot: Slot): readonly [wishes: number, siblings: number] {
    const near = this.shunned.filter((group) => group.on.has(slot)).length;
    const far = this.liked.filter((group) => !group.on.has(slot)).length;
    return [near + far, this.group.on.of(slot)];
  }

  /** Slots whose demerits may be others than any slot's; without them, all have as many as an empty one. */
  special(): ReadonlySet<Slot> {
    const groups = [this.group, ...this.shunned, ...this.liked];
    return new Set(groups.flatMap(({ on }) => [...on.places]));
  }
}

function domainCounts(on: Tally<Slot>, over: SpreadKey): Tally<string> {
  const counts = new Tally<string>();
  for (const [{ node }, count] of on.entries) counts.add(domainOf(node, over) ?? "", count);
  return counts;
}
