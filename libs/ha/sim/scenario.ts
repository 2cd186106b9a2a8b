import type { GuardedLease } from "../src/guard/guard.ts";
import type { MonitorSpec, ServiceSpec } from "../src/services/service.ts";

export const TICK_MS = 250;
export const TTL_MS = 2_500;
export const STOP_WITHIN_MS = 600;

/** When faults begin and end, and until when all has to be as desired: without an action in the last part. */
export const FAULTS_FROM_MS = 6_000;
export const FAULTS_TO_MS = 50_000;
export const CALM_FROM_MS = 72_000;
export const END_MS = 80_000;

const monitor: MonitorSpec = {
  restarts: { count: 2, withinMs: 10_000 },
  action: "switch",
  blockForMs: 4_000,
};

const resources = [
  { name: "address", after: [] },
  { name: "app", after: ["address"] },
];

/** In every fourth run the nodes that vote on the database change whenever it is started after a stop. */
export const isChanging = (seed: number): boolean => seed % 4 === 1;

/** In every eighth run a move of the web has no room for one more, and it keeps away from the database for good. */
export const isTight = (seed: number): boolean => seed % 8 === 3;

/** One service that all nodes or some vote on, one of two nodes that must stop without its store, one that needs no lease. */
export function services(
  nodes: readonly string[],
  voters: readonly string[],
  seed: number,
): ServiceSpec[] {
  const isHard = isTight(seed);
  return [
    {
      name: "database",
      topology: { kind: "failover" },
      candidates: voters,
      resources,
      affinities: [],
      monitor,
    },
    {
      name: "queue",
      topology: { kind: "failover" },
      candidates: nodes.slice(1, 3),
      resources: resources.slice(0, 1),
      affinities: [],
      monitor,
    },
    {
      name: "web",
      topology: { kind: "flex", min: 1, target: 2, max: isHard ? 2 : 3 },
      candidates: nodes,
      resources: resources.slice(0, 1),
      affinities: [{ kind: "apart", service: "database", isHard }],
      monitor,
    },
  ];
}

export const leases = (specs: readonly ServiceSpec[]): GuardedLease[] =>
  specs
    .filter(({ topology }) => topology.kind === "failover")
    .map(({ name, candidates }) => ({
      name,
      voters: candidates,
      stopWithinMs: STOP_WITHIN_MS,
    }));
