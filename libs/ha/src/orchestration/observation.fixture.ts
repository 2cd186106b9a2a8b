import { SAFETY_RULES } from "../safety-rules.ts";
import type { Desired, FlexTopology, ResourceState } from "../services/service.ts";
import type { LeaseView } from "./lease-rules.ts";
import type { NodeView, Observation } from "./observation.ts";

export const MINE: LeaseView = { kind: "mine", epoch: 7 };
const NOT_MINE: LeaseView = { kind: "not-mine" };
const disk = { name: "disk", after: [] };
const app = { name: "app", after: ["disk"] };

export const node = (
  id: string,
  runs: readonly string[] = [],
  isReady = true,
  serves: readonly string[] = runs,
): NodeView => ({
  id,
  isReady,
  isLeaving: false,
  runs: new Set(runs),
  serves: new Set(serves),
});

/** A node that runs it and hands it over. */
export const leaving = (id: string): NodeView => ({ ...node(id, ["db"], false), isLeaving: true });

export const seen = (changes: Partial<Observation> = {}): Observation => ({
  self: "a",
  nowMs: 50_000,
  spec: {
    name: "db",
    topology: { kind: "failover" },
    candidates: ["a", "b", "c"],
    resources: [disk, app],
    affinities: [],
    monitor: { restarts: { count: 2, withinMs: 10_000 }, action: "switch", blockForMs: 5_000 },
  },
  order: [disk, app],
  lease: NOT_MINE,
  resources: {},
  hasRemains: false,
  epoch: undefined,
  nodes: [node("a"), node("b"), node("c")],
  idleForMs: 0,
  turnMs: 1_000,
  isBlocked: false,
  restartedAtMs: [],
  rules: SAFETY_RULES,
  ...changes,
});

export const UP: Record<string, ResourceState> = { disk: "started", app: "started" };
export const STARTED: Desired = { kind: "started" };
export const flex = (
  changes: Partial<Observation>,
  bounds: Partial<FlexTopology> = {},
): Observation => {
  const base = seen();
  const topology: FlexTopology = { kind: "flex", min: 1, target: 2, max: 3, ...bounds };
  return { ...base, spec: { ...base.spec, topology }, lease: { kind: "none-needed" }, ...changes };
};
