import { Aim } from "./aim.ts";
import { choose } from "./choose.ts";
import { FleetIndex } from "./fleet-index.ts";
import type { Member } from "./groups.ts";
import type { PlacementNode } from "./node.ts";
import { inOrder } from "./order.ts";
import type { Displaced, PlacementExplanation, PlacementPlan, Unplaced } from "./plan.ts";
import { PolicyVerdicts } from "./policy-verdicts.ts";
import { quotaRefusals } from "./quotas.ts";
import { proposeMoves, type ProposedMove, type RebalanceLimits } from "./rebalance.ts";
import type { NodeVerdict, Refusal } from "./refusal.ts";
import type { Slot } from "./slot.ts";
import { slotRefusals } from "./slot-rules.ts";
import type { Quota, Workload } from "./workload.ts";

/** Everything that placement follows from. */
export interface PlacementFacts {
  readonly nodes: readonly PlacementNode[];
  readonly workloads: readonly Workload[];
  /** By tenant. */
  readonly quotas: Readonly<Record<string, Quota>>;
}

const LOST: Refusal = { code: "lost", fact: "it is lost: not heard of" };
const GONE: Refusal = { code: "lost", fact: "there is no such node any more" };

/**
 * Facts that change, and the plan that follows from them. A plan is taken as done: the next one goes on from it. What
 * has not changed is not looked at again, and the result is the one that a fleet made of the same facts would give.
 */
export class Fleet {
  readonly #index: FleetIndex;

  constructor(facts: PlacementFacts, verdicts: PolicyVerdicts = new PolicyVerdicts()) {
    this.#index = new FleetIndex(verdicts);
    for (const node of facts.nodes) this.#index.putNode(node);
    for (const [tenant, quota] of Object.entries(facts.quotas)) this.setQuota(tenant, quota);
    for (const workload of facts.workloads) this.setWorkload(workload);
  }

  /** A node, or what is known of it now. */
  setNode(node: PlacementNode): void {
    this.#judgeAgain(this.#index.putNode(node));
  }

  removeNode(name: string): void {
    const slot = this.#index.slots.get(name);
    if (!slot) return;
    for (const member of this.#index.residents(slot)) this.#displaceAll(member, slot, false);
    this.#index.dropNode(slot);
  }

  setWorkload(workload: Workload): void {
    this.removeWorkload(workload.id);
    const member = this.#index.addMember(workload);
    for (const name of workload.running) this.#settle(member, name);
    if (member.missing > 0 || isDisplaced(member)) this.#index.open.add(member);
  }

  removeWorkload(id: string): void {
    const member = this.#index.members.get(id);
    if (member) this.#index.dropMember(member);
  }

  setQuota(tenant: string, quota: Quota | undefined): void {
    if (quota) this.#index.quotas.set(tenant, quota);
    else this.#index.quotas.delete(tenant);
  }

  /** How many instances of a workload are where they may be, and do not have to leave. */
  keeps(id: string): number {
    return this.#index.members.get(id)?.on.total ?? 0;
  }

  /** Places all that is lacking. */
  plan(): PlacementPlan {
    const placed: PlacementPlan["placed"][number][] = [];
    const displaced: Displaced[] = [];
    const unplaced: Unplaced[] = [];
    for (const member of inOrder(this.#index.open)) {
      const workload = member.workload.id;
      displaced.push(...this.#displacedOf(member));
      for (const { node } of this.#place(member)) placed.push({ workload, node: node.name });
      if (member.missing > 0) unplaced.push(this.#unplaced(member));
      else this.#index.open.delete(member);
    }
    return { placed, displaced, unplaced };
  }

  /** Undefined for a workload that is not known. */
  explain(id: string): PlacementExplanation | undefined {
    const member = this.#index.members.get(id);
    if (!member) return undefined;
    const next = choose(this.#index, new Aim(this.#index, member));
    const refusals = this.#generalRefusals(member);
    const nodes = this.#verdicts(member).map((verdict) => {
      const slot = this.#index.slots.get(verdict.node);
      const instances = slot ? member.on.of(slot) + member.leaving.of(slot) : 0;
      const isNext = slot !== undefined && slot === next && refusals.length === 0;
      return { ...verdict, instances, load: slot?.load ?? 1, isNext };
    });
    return { missing: member.missing, refusals, nodes };
  }

  /** Moves that would even the nodes out, the most useful first. None breaks a constraint, and nothing is moved. */
  proposeRebalance(limits: Partial<RebalanceLimits> = {}): readonly ProposedMove[] {
    return proposeMoves(this.#index, limits);
  }

  /** Stays, or has to leave, or is gone with its node. */
  #settle(member: Member, name: string): void {
    const slot = this.#index.slots.get(name);
    if (!slot || slot.node.state === "lost") member.gone = [...member.gone, name];
    else if (this.#index.refusals(member, slot).length > 0) this.#index.hold(member, slot, 1);
    else this.#index.put(member, slot, 1);
  }

  #judgeAgain(slot: Slot): void {
    for (const member of this.#index.residents(slot))
      if (slot.node.state === "lost") this.#displaceAll(member, slot, false);
      else if (this.#index.refusals(member, slot).length > 0) this.#displaceAll(member, slot, true);
      else this.#index.readmit(member, slot);
  }

  #displaceAll(member: Member, slot: Slot, isThere: boolean): void {
    const [kept, leaving] = [member.on.of(slot), member.leaving.of(slot)];
    this.#index.put(member, slot, -kept);
    if (isThere) this.#index.hold(member, slot, kept);
    else {
      this.#index.hold(member, slot, -leaving);
      member.gone = [
        ...member.gone,
        ...Array.from({ length: kept + leaving }, () => slot.node.name),
      ];
    }
    this.#index.open.add(member);
  }

  #place(member: Member): Slot[] {
    const slots: Slot[] = [];
    if (member.missing === 0) return slots;
    const aim = new Aim(this.#index, member);
    while (member.missing > 0 && quotaRefusals(this.#index, member).length === 0) {
      const slot = choose(this.#index, aim);
      if (!slot) break;
      this.#index.put(member, slot, 1);
      aim.placed(slot);
      slots.push(slot);
    }
    return slots;
  }

  #displacedOf(member: Member): Displaced[] {
    const workload = member.workload.id;
    const leaving = [...member.leaving.entries].flatMap(([slot, count]) => {
      const because = this.#index.refusals(member, slot);
      return Array.from({ length: count }, () => ({ workload, node: slot.node.name, because }));
    });
    const gone = member.gone.map((node) => {
      const because = [this.#index.slots.has(node) ? LOST : GONE];
      return { workload, node, because };
    });
    member.gone = [];
    return [...leaving, ...gone];
  }

  #unplaced(member: Member): Unplaced {
    return {
      workload: member.workload.id,
      missing: member.missing,
      refusals: this.#generalRefusals(member),
      explain: () => this.#verdicts(member),
    };
  }

  #generalRefusals(member: Member): readonly Refusal[] {
    if (this.#index.slots.size === 0) return [{ code: "no-nodes", fact: "there are no nodes" }];
    return quotaRefusals(this.#index, member);
  }

  #verdicts(member: Member): NodeVerdict[] {
    const aim = new Aim(this.#index, member);
    return [...this.#index.slots.values()]
      .toSorted((a, b) => (a.node.name < b.node.name ? -1 : 1))
      .map((slot) => ({
        node: slot.node.name,
        refusals: [...this.#index.refusals(member, slot), ...slotRefusals(aim, slot)],
      }));
  }
}

const isDisplaced = ({ leaving, gone }: Member): boolean => leaving.total > 0 || gone.length > 0;

/** The plan that follows from facts: nothing else goes into it, and equal facts give equal plans. */
export const planPlacement = (facts: PlacementFacts, verdicts?: PolicyVerdicts): PlacementPlan =>
  new Fleet(facts, verdicts).plan();
