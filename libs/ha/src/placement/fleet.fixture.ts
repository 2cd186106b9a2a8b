import fc from "fast-check";
import type { PlacementFacts } from "./fleet.ts";
import type { PlacementNode } from "./node.ts";
import type { Assignment } from "./plan.ts";
import type { Workload } from "./workload.ts";

export const aNode = (name: string, change: Partial<PlacementNode> = {}): PlacementNode => ({
  name,
  state: "ready",
  capacity: { cpuMillis: 4_000, memoryMb: 4_096, instances: 20 },
  labels: {},
  ...change,
  facts: { driver: ["process"], ...change.facts },
});

export const aWorkload = (id: string, change: Partial<Workload> = {}): Workload => ({
  id,
  group: id,
  tenant: "acme",
  count: 1,
  running: [],
  needs: { cpuMillis: 100, memoryMb: 256 },
  driver: "process",
  labels: {},
  spread: [],
  affinities: [],
  ...change,
});

export const fleetOf = (
  nodes: readonly PlacementNode[],
  workloads: readonly Workload[],
  quotas: PlacementFacts["quotas"] = {},
): PlacementFacts => ({ nodes, workloads, quotas });

export const POLICIES = [
  `check if country($c), ["FR", "DE"].contains($c);`,
  `reject if operator_law("us");`,
  `allow if memory_encryption("tdx"); deny if country("FR"); allow if true;`,
  `check if label("disk", "nvme");`,
] as const;

const said = (name: string, ...values: readonly string[]) =>
  fc
    .option(fc.constantFrom(...values), { nil: undefined })
    .map((value) => (value === undefined ? {} : { [name]: [value] }));

const nodeWith = (name: string): fc.Arbitrary<PlacementNode> =>
  fc
    .record({
      state: fc.constantFrom("ready", "ready", "ready", "silent", "cordoned", "lost" as const),
      size: fc.integer({ min: 1, max: 4 }),
      facts: fc.tuple(
        said("country", "FR", "DE", "US"),
        said("operator_law", "eu", "us"),
        said("region", "west", "east"),
        said("memory_encryption", "tdx"),
      ),
      disk: fc.constantFrom("nvme", "ssd", undefined),
    })
    .map(({ state, size, facts, disk }) =>
      aNode(name, {
        state,
        capacity: { cpuMillis: 1_000 * size, memoryMb: 1_024 * size, instances: 4 * size },
        facts: Object.assign({}, ...facts) as PlacementNode["facts"],
        labels: disk === undefined ? {} : { disk },
      }),
    );

const workloadWith = (at: number): fc.Arbitrary<Workload> =>
  fc
    .record({
      release: fc.constantFrom("1", "2"),
      count: fc.integer({ min: 0, max: 5 }),
      cpu: fc.integer({ min: 1, max: 8 }),
      memory: fc.integer({ min: 1, max: 8 }),
      labels: fc.constantFrom({}, {}, { disk: "nvme" }),
      spread: fc.constantFrom<Workload["spread"][]>(
        [],
        [{ over: "region" }],
        [{ over: "host", most: 1 }],
        [{ over: "region", most: 2 }],
        [{ over: "label:disk" }],
      ),
      affinities: fc.constantFrom<Workload["affinities"][]>(
        [],
        [],
        [{ kind: "apart", group: `g${at - 1}`, isHard: true }],
        [{ kind: "with", group: `g${at - 1}`, isHard: true }],
        [{ kind: "with", group: `g${at - 1}`, isHard: false }],
        [{ kind: "apart", group: `g${at + 1}`, isHard: false }],
      ),
      policy: fc.option(fc.constantFrom(...POLICIES), { nil: undefined }),
    })
    .map(({ release, count, cpu, memory, labels, spread, affinities, policy }) =>
      aWorkload(`g${at}/${release}`, {
        group: `g${at}`,
        tenant: `tenant-${at % 2}`,
        count,
        needs: { cpuMillis: 50 * cpu, memoryMb: 64 * memory },
        labels,
        spread,
        affinities,
        ...(policy === undefined ? {} : { policy }),
      }),
    );

/** Small fleets in which everything that placement knows of occurs, and which are often too small. */
export const fleets: fc.Arbitrary<PlacementFacts> = fc
  .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 8 }))
  .chain(([nodes, workloads]) => fleetsOf(nodes, workloads, 1));

/** Fleets of sixty to two hundred nodes, with as many workloads, and quotas that bind here and there. */
export const largeFleets: fc.Arbitrary<PlacementFacts> = fc
  .integer({ min: 60, max: 200 })
  .chain((nodes) => fleetsOf(nodes, nodes, nodes / 5));

const fleetsOf = (nodes: number, workloads: number, quota: number): fc.Arbitrary<PlacementFacts> =>
  fc.record({
    nodes: fc.tuple(...Array.from({ length: nodes }, (_, at) => nodeWith(`n${at}`))),
    workloads: fc.tuple(...Array.from({ length: workloads }, (_, at) => workloadWith(at))),
    quotas: fc.constantFrom<PlacementFacts["quotas"][]>(
      {},
      { "tenant-0": { instances: 5 * quota } },
      {
        "tenant-0": { memoryMb: 1_000 * quota },
        "tenant-1": { cpuMillis: 700 * quota, instances: 9 * quota },
      },
    ),
  });

/** The same facts when what was placed runs, and nothing else does. */
export function running(facts: PlacementFacts, placed: readonly Assignment[]): PlacementFacts {
  const nodes = Map.groupBy(placed, ({ workload }) => workload);
  return {
    ...facts,
    workloads: facts.workloads.map((workload) => ({
      ...workload,
      running: [...workload.running, ...(nodes.get(workload.id) ?? []).map(({ node }) => node)],
    })),
  };
}
