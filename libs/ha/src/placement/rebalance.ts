import { Aim } from "./aim.ts";
import { choose } from "./choose.ts";
import type { FleetIndex } from "./fleet-index.ts";
import type { Member } from "./groups.ts";
import type { Assignment } from "./plan.ts";
import { byOrder, type Slot } from "./slot.ts";

export interface RebalanceLimits {
  readonly mostMoves: number;
  /** What a move has to better, as a share of a node: 0.05 is a twentieth. */
  readonly leastGain: number;
}

/** From `node`, where it runs now. */
export interface ProposedMove extends Assignment {
  readonly to: string;
  /** By how much the fuller of the two nodes is less full afterwards, as a share of it. */
  readonly gain: number;
}

interface Move {
  readonly member: Member;
  readonly from: Slot;
  readonly to: Slot;
  readonly gain: number;
}

const USUAL: RebalanceLimits = { mostMoves: 20, leastGain: 0.05 };
/** Of the fullest nodes, how many are looked at for one move, and how many workloads on each. */
const MOST_NODES = 16;
const MOST_WORKLOADS = 64;

/** Tries moves one after the other, each on top of those before it, and takes all of them back. */
export function proposeMoves(
  index: FleetIndex,
  limits: Partial<RebalanceLimits>,
): readonly ProposedMove[] {
  const { mostMoves, leastGain } = { ...USUAL, ...limits };
  const moves: Move[] = [];
  while (moves.length < mostMoves) {
    const move = bestMove(index, leastGain);
    if (!move) break;
    apply(index, move);
    moves.push(move);
  }
  for (const move of moves.toReversed()) takeBack(index, move);
  return moves.map(({ member, from, to, gain }) => ({
    workload: member.workload.id,
    node: from.node.name,
    to: to.node.name,
    gain,
  }));
}

/** The best one off the fullest node from which any is worth while. */
function bestMove(index: FleetIndex, leastGain: number): Move | undefined {
  const fullest = [...index.slots.values()]
    .filter(({ node }) => node.state !== "lost")
    .toSorted((a, b) => b.load - a.load || byOrder(a, b))
    .slice(0, MOST_NODES);
  for (const slot of fullest) {
    const moves = movable(index, slot).flatMap((member) => moveOff(index, member, slot) ?? []);
    const [best] = moves.toSorted((a, b) => b.gain - a.gain);
    if (best && best.gain >= leastGain) return best;
  }
  return undefined;
}

const movable = (index: FleetIndex, slot: Slot): Member[] =>
  index
    .residents(slot)
    .filter((member) => member.on.has(slot) && mayLeave(index, member, slot))
    .toSorted((a, b) => (a.workload.id < b.workload.id ? -1 : 1))
    .slice(0, MOST_WORKLOADS);

/** Not the last of its group where others have to be with it. */
function mayLeave(index: FleetIndex, { workload }: Member, slot: Slot): boolean {
  const { on, followers } = index.groupOf(workload.group);
  if (on.of(slot) > 1) return true;
  return ![...followers.places].some((name) => index.groupOf(name).on.has(slot));
}

function moveOff(index: FleetIndex, member: Member, from: Slot): Move | undefined {
  const before = from.load;
  index.put(member, from, -1);
  const to = choose(index, new Aim(index, member));
  if (to) index.put(member, to, 1);
  const gain = to && to !== from ? before - Math.max(from.load, to.load) : 0;
  if (to) index.put(member, to, -1);
  index.put(member, from, 1);
  return to && gain > 0 ? { member, from, to, gain } : undefined;
}

function apply(index: FleetIndex, { member, from, to }: Move): void {
  index.put(member, from, -1);
  index.put(member, to, 1);
}

const takeBack = (index: FleetIndex, { member, from, to }: Move): void =>
  apply(index, { member, from: to, to: from, gain: 0 });
