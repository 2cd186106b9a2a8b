import type { PlacementFacts } from "../placement/fleet.ts";
import { domainOf, type PlacementNode } from "../placement/node.ts";
import { PlacementPolicy } from "../placement/placement-policy.ts";
import { type Needs, RESOURCES, type Room } from "../placement/resources.ts";
import type { Workload } from "../placement/workload.ts";

/**
 * Everything that is wrong with where things run, found by looking at each rule apart, with none of the code that
 * places: the judge of placement's tests and of its benchmark.
 */
export function brokenRules(facts: PlacementFacts): string[] {
  const nodes = new Map(facts.nodes.map((node) => [node.name, node]));
  const compiled = new Map<string, PlacementPolicy>();
  return [
    ...facts.workloads.flatMap((workload) =>
      workload.running.flatMap((name) => brokenBy(workload, nodes.get(name), compiled)),
    ),
    ...overfull(facts),
    ...facts.workloads.flatMap((workload) => brokenSpread(workload, nodes)),
    ...brokenAffinities(facts),
    ...brokenQuotas(facts),
  ];
}

function brokenBy(
  workload: Workload,
  node: PlacementNode | undefined,
  compiled: Map<string, PlacementPolicy>,
): string[] {
  if (!node || node.state === "lost") return [`${workload.id} on a node that is not there`];
  const broken = [
    isRefused(workload, node, compiled) ? "policy" : "",
    Object.entries(workload.labels).some(([key, value]) => node.labels[key] !== value)
      ? "labels"
      : "",
    node.facts.driver?.includes(workload.driver) === true ? "" : "driver",
  ];
  return broken.filter((rule) => rule !== "").map((rule) => `${workload.id} breaks its ${rule}`);
}

function isRefused(
  { policy }: Workload,
  node: PlacementNode,
  compiled: Map<string, PlacementPolicy>,
): boolean {
  if (policy === undefined) return false;
  const rules = compiled.get(policy) ?? new PlacementPolicy(policy);
  compiled.set(policy, rules);
  return rules.refusal(node) !== undefined;
}

const nothing = (): Room => ({ cpuMillis: 0, memoryMb: 0, instances: 0 });

const plus = ({ cpuMillis, memoryMb, instances }: Room, needs: Needs, count: number): Room => ({
  cpuMillis: cpuMillis + needs.cpuMillis * count,
  memoryMb: memoryMb + needs.memoryMb * count,
  instances: instances + count,
});

function overfull({ nodes, workloads }: PlacementFacts): string[] {
  const used = new Map<string, Room>();
  for (const { needs, running } of workloads)
    for (const name of running) used.set(name, plus(used.get(name) ?? nothing(), needs, 1));
  return nodes
    .filter(({ name, capacity }) => {
      const has = used.get(name) ?? nothing();
      return RESOURCES.some((of) => has[of] > capacity[of]);
    })
    .map(({ name }) => `${name} too full`);
}

const brokenSpread = (
  { id, running, spread }: Workload,
  nodes: ReadonlyMap<string, PlacementNode>,
): string[] =>
  spread.flatMap(({ over, most }) => {
    const domains = running
      .map((name) => nodes.get(name))
      .map((node) => node && domainOf(node, over));
    const counts = Map.groupBy(domains, (domain) => domain ?? "");
    const isBroken = [...counts.values()].some(({ length }) => length > (most ?? Infinity));
    return isBroken ? [`${id} too dense over ${over}`] : [];
  });

function brokenAffinities({ workloads }: PlacementFacts): string[] {
  const nodesOf = new Map<string, Set<string>>();
  for (const { group, running } of workloads)
    nodesOf.set(group, new Set([...(nodesOf.get(group) ?? []), ...running]));
  return workloads.flatMap(({ id, running, affinities }) =>
    affinities
      .filter(({ isHard }) => isHard)
      .flatMap(({ kind, group }) => {
        const others = nodesOf.get(group) ?? new Set();
        const isBroken = running.some((node) => others.has(node) === (kind === "apart"));
        return isBroken ? [`${id} is not ${kind} ${group}`] : [];
      }),
  );
}

function brokenQuotas({ workloads, quotas }: PlacementFacts): string[] {
  return Object.entries(quotas).flatMap(([tenant, quota]) => {
    const used = workloads
      .filter((workload) => workload.tenant === tenant)
      .reduce((sum, { needs, running }) => plus(sum, needs, running.length), nothing());
    return RESOURCES.filter((of) => used[of] > (quota[of] ?? Infinity)).map(
      (of) => `${tenant} has too much ${of}`,
    );
  });
}
