import { Fleet, type PlacementFacts, type PlacementPlan, planPlacement } from "@bastide/ha";
import { atMost, median, type Row } from "@bastide/e2e";
import { brokenRules } from "@bastide/ha/testing/broken-rules";
import { INSTANCES_PER_NODE, madeFleet } from "./made-fleet.ts";

const NODES = 1_000;
const SIZES = [NODES / 4, NODES / 2, NODES] as const;
/** An odd number, so that the median is a measurement. */
const ROUNDS = 9;
const GROWTH_ROUNDS = 15;
const LOST_TOGETHER = 50;
const CHANGES = 60;

const name = `${NODES.toLocaleString("en")} nodes, ${(NODES * INSTANCES_PER_NODE).toLocaleString("en")} instances`;

/**
 * CPU time of the whole process in milliseconds: what neighbours on the machine take does not count, and a collector that
 * works beside us does.
 */
function cpuMs(act: () => void): number {
  const began = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

/** Of this thread alone: which size a collector's helpers come to work in is chance. */
function threadMs(act: () => void): number {
  const began = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) / 1_000;
}

const times = (count: number, measure: () => number): number[] =>
  Array.from({ length: count }, measure);

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

/** Facts in which all that the plan placed runs. */
function carriedOut(facts: PlacementFacts, { placed }: PlacementPlan): PlacementFacts {
  const nodes = Map.groupBy(placed, ({ workload }) => workload);
  const workloads = facts.workloads.map((workload) => ({
    ...workload,
    running: [...workload.running, ...(nodes.get(workload.id) ?? []).map(({ node }) => node)],
  }));
  return { ...facts, workloads };
}

export function placementRows(): Row[] {
  const facts = madeFleet(NODES);
  const plan = planPlacement(facts);
  const settled = carriedOut(facts, plan);
  const lacking = plan.unplaced.reduce((sum, { missing }) => sum + missing, 0);
  return [
    ...fullRows(facts),
    atMost("… instances without a place", "", lacking, 0),
    atMost("… rules broken", "", brokenRules(settled).length, 0),
    ...incrementalRows(settled),
    growthRow(),
    ...lostRows(settled),
  ];
}

/** Nothing is remembered from one to the next: facts are taken in, policies compiled and evaluated, all is placed. */
const fullRows = (facts: PlacementFacts): Row[] => [
  atMost(
    `full plan, ${name}`,
    "ms of CPU",
    median(times(ROUNDS, () => cpuMs(() => planPlacement(facts)))),
    1_000,
  ),
];

/** One change of a settled fleet, and the plan that follows: each kind in turn. */
function incrementalRows(settled: PlacementFacts): Row[] {
  const fleet = new Fleet(settled);
  fleet.plan();
  const kinds: readonly (readonly [string, (at: number) => void])[] = [
    ["an app of four instances comes", (at) => bring(fleet, settled, at)],
    ["a node is lost", (at) => change(fleet, settled, at, { state: "lost" })],
    ["a node says another country", (at) => change(fleet, settled, at, saysCountry)],
  ];
  return kinds.flatMap(([what, act]) => {
    const spentMs = Array.from({ length: CHANGES }, (_, at) =>
      cpuMs(() => {
        act(at);
        fleet.plan();
      }),
    );
    return [
      atMost(`planned anew when ${what}, median of ${CHANGES}`, "ms of CPU", median(spentMs), 20),
      atMost("… 19 of 20 within", "ms of CPU", percentile(spentMs, 0.95), 20),
    ];
  });
}

function bring(fleet: Fleet, { workloads }: PlacementFacts, at: number): void {
  const like = workloads[at % workloads.length];
  if (like) fleet.setWorkload({ ...like, id: `new-${at}`, group: `new-${at}`, running: [] });
}

const saysCountry = { facts: { country: ["CH"], operator_law: ["ch"], driver: ["process"] } };

function change(
  fleet: Fleet,
  { nodes }: PlacementFacts,
  at: number,
  what: Partial<PlacementFacts["nodes"][number]>,
): void {
  // Nodes apart from each other, and others for each kind of change.
  const node = nodes[(at * 7 + ("state" in what ? 0 : 3)) % nodes.length];
  if (node) fleet.setNode({ ...node, ...what });
}

/** By how much the time grows with the size, as an exponent: n log n has 1.11 between these sizes. */
function growthRow(): Row {
  const fleets = SIZES.map((nodes) => madeFleet(nodes));
  // In turns, so that what slows the machine slows all sizes.
  const rounds = times(GROWTH_ROUNDS, () => 0).map(() =>
    fleets.map((facts) => threadMs(() => planPlacement(facts))),
  );
  const spentMs = SIZES.map((_, at) => median(rounds.map((round) => round[at] ?? Number.NaN)));
  const [least = 1, , most = 1] = spentMs;
  const [smallest, , largest] = SIZES;
  const exponent = Math.log(most / least) / Math.log(largest / smallest);
  const shown = spentMs.map((ms) => Math.round(ms)).join(", ");
  return atMost(`growth over ${SIZES.join(", ")} nodes (${shown} ms)`, "", exponent, 1.11);
}

/** Fifty machines at once, as a hall that burns: everything has a place again after one plan. */
function lostRows(settled: PlacementFacts): Row[] {
  const lost = new Set(
    settled.nodes
      .filter((_, at) => at % (NODES / LOST_TOGETHER) === 0)
      .map(({ name: node }) => node),
  );
  const after: PlacementFacts = {
    ...settled,
    nodes: settled.nodes.map((node) => (lost.has(node.name) ? { ...node, state: "lost" } : node)),
    workloads: settled.workloads.map((workload) => ({
      ...workload,
      running: workload.running.filter((node) => !lost.has(node)),
    })),
  };
  const fleets = times(ROUNDS, () => 0).map(() => settledFleet(settled));
  const plans: PlacementPlan[] = [];
  const spentMs = fleets.map((fleet) =>
    cpuMs(() => {
      for (const node of after.nodes) if (lost.has(node.name)) fleet.setNode(node);
      plans.push(fleet.plan());
    }),
  );
  const [plan] = plans;
  if (!plan) throw new Error("nothing was measured");
  const { displaced, placed, unplaced } = plan;
  return [
    atMost(
      `${LOST_TOGETHER} nodes lost at once, all placed anew`,
      "ms of CPU",
      median(spentMs),
      1_000,
    ),
    atMost(
      `… of ${displaced.length} instances without a place`,
      "",
      displaced.length - placed.length,
      0,
    ),
    atMost("… apps short of instances", "", unplaced.length, 0),
    atMost("… rules broken", "", brokenRules(carriedOut(after, plan)).length, 0),
  ];
}

function settledFleet(settled: PlacementFacts): Fleet {
  const fleet = new Fleet(settled);
  fleet.plan();
  return fleet;
}
