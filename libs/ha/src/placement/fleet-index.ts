import { classRefusals } from "./class-rules.ts";
import { Accounts, Group, Member } from "./groups.ts";
import { labelOf, type PlacementNode } from "./node.ts";
import { classKeyOf, NodeClass, type UsedLabels } from "./node-class.ts";
import { asksFor } from "./placement-policy.ts";
import type { PolicyVerdicts } from "./policy-verdicts.ts";
import type { Refusal } from "./refusal.ts";
import { Slot } from "./slot.ts";
import type { Quota, Workload } from "./workload.ts";

const NOTHING: readonly Refusal[] = [];

/** All that placement asks of the fleet, kept up to date change by change: where everything is and what is free. */
export class FleetIndex {
  readonly accounts: Accounts = new Accounts();
  readonly quotas: Map<string, Quota> = new Map();
  readonly slots: Map<string, Slot> = new Map();
  readonly members: Map<string, Member> = new Map();
  /** Members that lack instances, or of which something has changed. */
  readonly open: Set<Member> = new Set();
  readonly #groups = new Map<string, Group>();
  readonly #residents = new Map<Slot, Set<Member>>();
  readonly #verdicts: PolicyVerdicts;
  #classes: Map<string, NodeClass> | undefined;
  readonly #classOf = new Map<Slot, NodeClass>();
  /** By requirement. */
  readonly #eligible = new Map<string, readonly NodeClass[]>();
  /** How many workloads ask for each label, and how many for any. */
  readonly #labels = new Map<string, number>();

  constructor(verdicts: PolicyVerdicts) {
    this.#verdicts = verdicts;
  }

  get classes(): ReadonlyMap<string, NodeClass> {
    return (this.#classes ??= this.#classifyAll());
  }

  groupOf(name: string): Group {
    const known = this.#groups.get(name);
    if (known) return known;
    const group = new Group(name);
    this.#groups.set(name, group);
    return group;
  }

  /** Members with an instance on the slot. */
  residents(slot: Slot): readonly Member[] {
    return [...(this.#residents.get(slot) ?? [])];
  }

  /** Undefined for a node that is not there any more. */
  classOf(slot: Slot): NodeClass | undefined {
    this.#classes ??= this.#classifyAll();
    return this.#classOf.get(slot);
  }

  /** Why no node of this slot's class may run it. */
  refusals(member: Member, slot: Slot): readonly Refusal[] {
    const nodes = this.classOf(slot);
    return nodes ? this.#judge(member, nodes) : NOTHING;
  }

  /** The classes whose nodes may run it, in an order that depends on nothing but what they are. */
  eligible(member: Member): readonly NodeClass[] {
    const { classes } = this;
    const known = this.#eligible.get(member.requirement);
    if (known) return known;
    const found = [...classes.values()]
      .filter((nodes) => this.#judge(member, nodes).length === 0)
      .toSorted((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1));
    this.#eligible.set(member.requirement, found);
    return found;
  }

  #judge({ workload, requirement }: Member, nodes: NodeClass): readonly Refusal[] {
    const known = nodes.refusals.get(requirement);
    if (known) return known;
    const found = classRefusals(workload, nodes, this.#verdicts);
    nodes.refusals.set(requirement, found);
    return found;
  }

  putNode(node: PlacementNode): Slot {
    const slot = this.slots.get(node.name) ?? new Slot(node);
    const before = this.#classOf.get(slot);
    slot.become(node);
    this.slots.set(node.name, slot);
    if (this.#classes) this.#classify(this.#classes, slot, before);
    return slot;
  }

  dropNode(slot: Slot): void {
    this.slots.delete(slot.node.name);
    this.#residents.delete(slot);
    const before = this.#classOf.get(slot);
    if (this.#classes && before) this.#leave(this.#classes, slot, before);
  }

  addMember(workload: Workload): Member {
    const member = new Member(workload);
    const group = this.groupOf(workload.group);
    this.accounts.book(workload.tenant, group, () => group.members.add(member));
    this.members.set(workload.id, member);
    this.#relate(workload, 1);
    this.#useLabels(workload, 1);
    return member;
  }

  dropMember(member: Member): void {
    const { workload } = member;
    for (const [slot, count] of member.on.entries) this.put(member, slot, -count);
    for (const [slot, count] of member.leaving.entries) this.hold(member, slot, -count);
    const group = this.groupOf(workload.group);
    this.accounts.book(workload.tenant, group, () => group.members.delete(member));
    this.members.delete(workload.id);
    this.open.delete(member);
    this.#relate(workload, -1);
    this.#useLabels(workload, -1);
    if (group.isForgettable) this.#groups.delete(group.name);
  }

  /** So many instances more on a slot, or fewer where negative. */
  put(member: Member, slot: Slot, count: number): void {
    const group = this.groupOf(member.workload.group);
    this.accounts.book(member.workload.tenant, group, () => member.on.add(slot, count));
    group.on.add(slot, count);
    this.#occupy(member, slot, count);
  }

  /** The same for instances that have to leave: they count for nothing but the room that they take. */
  hold(member: Member, slot: Slot, count: number): void {
    member.leaving.add(slot, count);
    this.#occupy(member, slot, count);
  }

  /** What had to leave may stay after all. */
  readmit(member: Member, slot: Slot): void {
    const count = member.leaving.of(slot);
    this.hold(member, slot, -count);
    this.put(member, slot, count);
  }

  #occupy(member: Member, slot: Slot, count: number): void {
    slot.add(member.workload.needs, count);
    const residents = this.#residents.get(slot) ?? new Set();
    this.#residents.set(slot, residents);
    if (member.on.has(slot) || member.leaving.has(slot)) residents.add(member);
    else residents.delete(member);
    this.#classOf.get(slot)?.update(slot);
  }

  /** Affinities hold for both sides: `apart` keeps either from the other, and what is followed doesn't leave alone. */
  #relate({ group, affinities }: Workload, count: number): void {
    for (const { kind, group: other, isHard } of affinities) {
      if (!isHard) continue;
      if (kind === "with") this.groupOf(other).followers.add(group, count);
      else {
        this.groupOf(group).apart.add(other, count);
        this.groupOf(other).apart.add(group, count);
      }
    }
  }

  #useLabels(workload: Workload, count: number): void {
    for (const label of labelsUsedBy(workload)) {
      const before = this.#labels.get(label) ?? 0;
      this.#labels.set(label, before + count);
      if (before === 0 || before + count === 0) this.#forgetClasses();
    }
  }

  #forgetClasses(): void {
    this.#classes = undefined;
    this.#classOf.clear();
    this.#eligible.clear();
  }

  #classifyAll(): Map<string, NodeClass> {
    const used = this.#usedLabels();
    const byKey = Map.groupBy(this.slots.values(), ({ node }) => classKeyOf(node, used));
    const classes = new Map<string, NodeClass>();
    for (const [key, slots] of byKey) this.#makeClass(classes, key, slots);
    return classes;
  }

  /** One slot into the class that is its by now: no other node is looked at but those of the two classes. */
  #classify(classes: Map<string, NodeClass>, slot: Slot, before: NodeClass | undefined): void {
    const key = classKeyOf(slot.node, this.#usedLabels());
    if (before?.key === key) return before.update(slot);
    if (before) this.#leave(classes, slot, before);
    this.#makeClass(classes, key, [...(classes.get(key)?.slots ?? []), slot]);
  }

  #leave(classes: Map<string, NodeClass>, slot: Slot, { key, slots }: NodeClass): void {
    this.#classOf.delete(slot);
    this.#makeClass(
      classes,
      key,
      slots.filter((other) => other !== slot),
    );
  }

  #makeClass(classes: Map<string, NodeClass>, key: string, slots: readonly Slot[]): void {
    this.#eligible.clear();
    const [first] = slots;
    if (!first) return void classes.delete(key);
    const made = new NodeClass(key, first.node, slots);
    classes.set(key, made);
    for (const slot of slots) this.#classOf.set(slot, made);
  }

  #usedLabels(): UsedLabels {
    const used = [...this.#labels].filter(([, count]) => count > 0).map(([label]) => label);
    return used.includes(ANY_LABEL) ? "all" : new Set(used);
  }
}

/** No key of a label. */
const ANY_LABEL = "";

const labelsUsedBy = ({ labels, spread, policy }: Workload): string[] => [
  ...Object.keys(labels),
  ...spread.flatMap(({ over }) => labelOf(over) ?? []),
  ...(policy !== undefined && asksFor(policy).includes("label") ? [ANY_LABEL] : []),
];
