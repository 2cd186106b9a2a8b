import { brokenSoftAffinities } from "../services/affinity.ts";
import { isReady, type NodeView, type Observation } from "./observation.ts";

/**
 * The nodes that may take the service now or have it, the most wanted first: where it runs already, then by what affinities ask,
 * then as the candidates are listed. `first` comes before all.
 */
export function ranked({ spec, nodes, rules }: Observation, first?: string): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return spec.candidates
    .map((id) => byId.get(id))
    .filter((node): node is NodeView => node !== undefined && isOpen(node))
    .filter(({ runs }) => rules.keepsHardAffinities(spec.affinities, runs))
    .map((node, index) => ({ id: node.id, weight: weightOf(node, index) }))
    .toSorted((a, b) => a.weight - b.weight)
    .map(({ id }) => id);

  /** Who runs it keeps it, whether or not that one would take it anew, unless it is leaving. */
  function isOpen(node: NodeView): boolean {
    return !node.isLeaving && (node.isReady || node.runs.has(spec.name));
  }

  function weightOf({ id, runs }: NodeView, index: number): number {
    const order = brokenSoftAffinities(spec.affinities, runs) * nodes.length + index;
    return order - (runs.has(spec.name) ? 1e6 : 0) - (id === first ? 1e9 : 0);
  }
}

/** Whether this node's turn to ask for the lease has come: those more wanted have had theirs. */
export function isMyTurn(seen: Observation, first?: string): boolean {
  const rank = ranked(seen, first).indexOf(seen.self);
  return rank >= 0 && seen.idleForMs >= rank * seen.turnMs;
}

/** Whether this node could take the service now, if it hasn't it yet. */
export const mayTake = (seen: Observation, id: string): boolean =>
  isReady(seen, id) && ranked(seen).includes(id);
