import type { FlexTopology } from "../services/service.ts";
import { bringUp } from "./bring-up.ts";
import { type Action, isUp, type NodeView, type Observation } from "./observation.ts";
import { ranked } from "./ranking.ts";
import { takeDown } from "./take-down.ts";

/**
 * The best `target` of those that run it or are ready run it. One too many stops once enough better ones serve, or to
 * make room: all nodes that see the same come to the same, so that one of them stops and one starts, not several.
 */
export function planFlex(seen: Observation, flex: FlexTopology, first?: string): Action[] {
  const order = ranked(seen, first);
  const wanted = order.slice(0, flex.target);
  if (wanted.includes(seen.self))
    return isUp(seen) || hasRoom(seen, flex, wanted) ? bringUp(seen) : [];
  if (!isUp(seen)) return [];
  const isReplaced = countServing(seen, betterThan(order, seen.self)) >= flex.target;
  // It is needed as long as there aren't enough others: nothing that runs is stopped for nothing.
  return isReplaced || makesRoom(seen, flex, order) ? takeDown(seen) : bringUp(seen);
}

/** Whether one more may be started here: besides those that run there are those that are wanted more and start now. */
function hasRoom(seen: Observation, { max }: FlexTopology, wanted: readonly string[]): boolean {
  const running = runningOf(seen).map(({ id }) => id);
  const starting = betterThan(wanted, seen.self).filter((id) => !running.includes(id));
  return seen.rules.mayAddInstance(running.length + starting.length, max);
}

/** Whether this one is the first to go so that one that is wanted more can start, which `max` does not let begin before. */
function makesRoom(
  seen: Observation,
  { min, target, max }: FlexTopology,
  order: readonly string[],
): boolean {
  const wanted = order.slice(0, target);
  const running = runningOf(seen);
  const ids = running.map(({ id }) => id);
  if (running.length < max || wanted.every((id) => ids.includes(id))) return false;
  const spare = running.filter(({ id }) => !wanted.includes(id));
  const [next] = spare.toSorted((a, b) => weightOf(b) - weightOf(a));
  if (next?.id !== seen.self) return false;
  const others = running.filter(({ id }) => id !== seen.self);
  const serving = countServing(
    seen,
    others.map(({ id }) => id),
  );
  return (
    seen.rules.mayTakeInstance(serving, min) || !serves(next, seen) || serving === others.length
  );

  /** What serves nobody goes before what does, and then who is wanted least. */
  function weightOf(node: NodeView): number {
    const rank = order.indexOf(node.id);
    const byRank = rank < 0 ? order.length : rank;
    return byRank + (serves(node, seen) ? 0 : order.length + 1);
  }
}

const betterThan = (order: readonly string[], id: string): readonly string[] =>
  order.includes(id) ? order.slice(0, order.indexOf(id)) : order;

const runningOf = ({ nodes, spec }: Observation): NodeView[] =>
  nodes.filter(({ runs }) => runs.has(spec.name));

const serves = (node: NodeView, { spec }: Observation): boolean => node.serves.has(spec.name);

const countServing = (seen: Observation, ids: readonly string[]): number =>
  seen.nodes.filter((node) => ids.includes(node.id) && serves(node, seen)).length;
