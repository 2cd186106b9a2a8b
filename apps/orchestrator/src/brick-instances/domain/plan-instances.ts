import type { HaDesired, NodeLiveness, ObservedInstance } from "@bastide/contracts";
import {
  type Action,
  type Desired,
  type NodeView,
  type Observation,
  plan,
  SAFETY_RULES,
  type ServiceSpec,
} from "@bastide/ha";

/** A node that could run it. */
export interface InstanceNode {
  readonly name: string;
  readonly liveness: NodeLiveness;
  readonly isCordoned: boolean;
  readonly isDraining: boolean;
  /** It gave the service up, and does not take it for a while. */
  readonly isBlocked: boolean;
  /** When the instances that failed there were replaced. */
  readonly restartedAtMs: readonly number[];
  /** The bricks that run there besides. */
  readonly others: ReadonlySet<string>;
}

/** An instance that is on record and not removed; at most one to a node. */
export interface BrickMember {
  readonly id: string;
  readonly node: string;
  readonly phase: ObservedInstance["phase"];
  /** It was told to stop, and its node has not taken leave of it yet. */
  readonly isStopping: boolean;
  /** It runs another version or another description than what is wanted. */
  readonly isOutdated: boolean;
}

/** All that a decision about the instances of one brick rests on. */
export interface BrickView {
  readonly spec: Omit<ServiceSpec, "candidates" | "resources">;
  readonly desired: HaDesired;
  readonly first: string | undefined;
  readonly nodes: readonly InstanceNode[];
  readonly members: readonly BrickMember[];
  readonly nowMs: number;
}

export type InstanceAction =
  | { readonly kind: "start"; readonly node: string }
  /** `isFailed`: in order to be started anew. */
  | { readonly kind: "stop"; readonly member: BrickMember; readonly isFailed: boolean }
  | { readonly kind: "block"; readonly node: string; readonly forMs: number };

/**
 * What is to be done about a brick of instances: libs/ha's own plan for each node, as its guard would make it, with the
 * control plane observing for all. Then what is outdated is replaced, so that no more than one of those that serve is
 * away at a time; the next one gets the same port, so that it waits until the node has taken leave of the one before.
 */
export function planInstances(view: BrickView): InstanceAction[] {
  const actions = view.nodes.flatMap(({ name }) =>
    plan(observationOf(view, name), desiredOf(view)).flatMap((action) =>
      actionOf(view, name, action),
    ),
  );
  return actions.length > 0 ? actions : replacements(view);
}

/** How many should be ready now, and on which nodes they are. */
export function readiness(view: BrickView): { readonly wanted: number; readonly ready: string[] } {
  const able = view.nodes.filter((node) => isReady(view, node)).length;
  const isStopped = view.desired.kind === "stopped";
  const ready = view.members.filter((member) => runs(view, member)).map(({ node }) => node);
  return { wanted: isStopped ? 0 : Math.min(targetOf(view), Math.max(able, 1)), ready };
}

function actionOf(view: BrickView, node: string, action: Action): InstanceAction[] {
  const member = view.members.find((one) => one.node === node);
  switch (action.kind) {
    case "start":
      return [{ kind: "start", node }];
    case "stop":
    case "restart":
      return member ? [{ kind: "stop", member, isFailed: action.kind === "restart" }] : [];
    case "block":
      return [{ kind: "block", node, forMs: action.forMs }];
    // Of what has a lease, and a directory that outlives it.
    case "hold-lease":
    case "adopt":
    case "purge":
    default:
      return [];
  }
}

function replacements(view: BrickView): InstanceAction[] {
  const { desired, members } = view;
  if (desired.kind !== "started" && desired.kind !== "placed") return [];
  const outdated = members.filter(({ isOutdated, isStopping }) => isOutdated && !isStopping);
  const idle = outdated.filter((member) => !runs(view, member));
  if (idle.length > 0) return idle.map(stopOf);
  const [next] = outdated;
  const others = members.filter((member) => member !== next && isHeard(view, member.node));
  return next && others.every((member) => runs(view, member)) ? [stopOf(next)] : [];
}

const stopOf = (member: BrickMember): InstanceAction => ({
  kind: "stop",
  member,
  isFailed: false,
});

function observationOf(view: BrickView, self: string): Observation {
  const { spec, nodes, nowMs } = view;
  const resource = { name: spec.name, after: [] };
  const own = nodes.find(({ name }) => name === self);
  return {
    self,
    nowMs,
    spec: {
      ...spec,
      topology: topologyOf(view),
      candidates: candidatesOf(view),
      resources: [resource],
    },
    order: [resource],
    lease: { kind: "none-needed" },
    resources: { [spec.name]: stateOf(view.members.find(({ node }) => node === self)) },
    epoch: undefined,
    nodes: nodes.map((node) => nodeView(view, node)),
    idleForMs: 0,
    turnMs: 0,
    // An instance that ends takes with it what it left.
    hasRemains: false,
    isBlocked: own?.isBlocked === true,
    restartedAtMs: own?.restartedAtMs ?? [],
    rules: SAFETY_RULES,
  };
}

/** One that is not ready yet counts as started here: it may be stopped, and its agent repairs it. */
function stateOf(member: BrickMember | undefined): "stopped" | "stopping" | "failed" | "started" {
  if (!member) return "stopped";
  if (member.isStopping) return "stopping";
  return member.phase === "failed" ? "failed" : "started";
}

/** Where it is comes before where it could be, so that an instance that is unready for a moment keeps its place. */
function candidatesOf({ nodes, members }: BrickView): string[] {
  const names = nodes.map(({ name }) => name);
  const holds = (name: string): boolean =>
    members.some(({ node, isStopping }) => node === name && !isStopping);
  return [...names.filter(holds), ...names.filter((name) => !holds(name))];
}

/** A node that is being emptied is none of those that a target counts on: the others need not wait for one more. */
function targetOf({ spec, nodes }: BrickView): number {
  if (spec.topology.kind === "failover") return 1;
  const { min, target } = spec.topology;
  return Math.max(min, Math.min(target, nodes.filter(({ isDraining }) => !isDraining).length));
}

const topologyOf = (view: BrickView): ServiceSpec["topology"] =>
  view.spec.topology.kind === "flex"
    ? { ...view.spec.topology, target: targetOf(view) }
    : view.spec.topology;

function nodeView(view: BrickView, node: InstanceNode): NodeView {
  const { others, isDraining, name: id } = node;
  const own = view.members.filter((one) => one.node === id && isHeard(view, id));
  const also = (isThere: boolean): Set<string> =>
    new Set(isThere ? [...others, view.spec.name] : others);
  return {
    id,
    isReady: isReady(view, node),
    isLeaving: isDraining,
    runs: also(own.some(({ isStopping, phase }) => !isStopping && phase !== "failed")),
    serves: also(own.some((member) => runs(view, member))),
  };
}

/** A node that is silent for a moment keeps what it has, and gets nothing. */
function isReady({ members }: BrickView, { name, ...node }: InstanceNode): boolean {
  if (node.isCordoned || node.isBlocked) return false;
  if (node.liveness !== "suspected") return node.liveness === "alive";
  return members.some((member) => member.node === name && !member.isStopping);
}

const runs = (view: BrickView, { node, phase, isStopping }: BrickMember): boolean =>
  phase === "ready" && !isStopping && isHeard(view, node);

const isHeard = ({ nodes }: BrickView, name: string): boolean =>
  nodes.some((node) => node.name === name && node.liveness !== "lost");

/** What is wanted before all else is a node for one of them, as if an operator had said so. */
const desiredOf = ({ desired, first }: BrickView): Desired =>
  desired.kind === "started" && first !== undefined ? { kind: "placed", node: first } : desired;
