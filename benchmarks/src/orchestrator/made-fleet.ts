import type { PlacementFacts, PlacementNode, Workload } from "@bastide/ha";

/*
 * A fleet as a hosting company might have it, made by arithmetic and nothing else: the same for the same size. Several
 * operators under several laws, nodes of three sizes, tenants of which some insist on where their data are.
 */

const COUNTRIES = ["FR", "DE", "NL", "US"] as const;
const OPERATORS = ["alpha", "beta", "gamma"] as const;

const POLICIES = [
  `check if country($c), ["FR", "DE"].contains($c);`,
  `reject if operator_law("us-cloud-act");`,
  `check if memory_encryption($kind); reject if operator_law("us-cloud-act");`,
] as const;

export const INSTANCES_PER_NODE = 20;
const REPLICAS = 4;

function nodeOf(at: number): PlacementNode {
  const country = COUNTRIES[at % COUNTRIES.length] ?? "FR";
  const size = 2 ** (at % 3);
  return {
    name: `node-${at}`,
    state: "ready",
    capacity: { cpuMillis: 16_000 * size, memoryMb: 32_768 * size, instances: 200 },
    facts: {
      region: [`${country.toLowerCase()}-${at % 2}`],
      country: [country],
      operator: [OPERATORS[at % OPERATORS.length] ?? "alpha"],
      operator_law: [country === "US" ? "us-cloud-act" : "eu"],
      ...(at % 5 === 0 ? { memory_encryption: ["sev-snp"] } : {}),
      kernel: ["6.12"],
      arch: ["x64"],
      driver: ["process"],
    },
    labels: { rack: `rack-${at % 40}`, disk: at % 4 === 0 ? "nvme" : "ssd" },
  };
}

function workloadOf(at: number): Workload {
  const policy = at % 4 === 0 ? POLICIES[(at / 4) % POLICIES.length] : undefined;
  return {
    id: `app-${at}/web`,
    group: `app-${at}/web`,
    tenant: `tenant-${at % 100}`,
    count: REPLICAS,
    running: [],
    needs: { cpuMillis: 100 * (1 + (at % 4)), memoryMb: 128 * (1 + (at % 6)) },
    driver: "process",
    labels: at % 10 === 3 ? { disk: "nvme" } : {},
    spread: at % 3 === 0 ? [{ over: "region" }] : at % 3 === 1 ? [{ over: "host", most: 1 }] : [],
    affinities: at % 20 === 7 ? [{ kind: "apart", group: `app-${at - 1}/web`, isHard: true }] : [],
    ...(policy === undefined ? {} : { policy }),
  };
}

/** Nodes, and workloads of twenty instances a node, none of which runs yet. */
export const madeFleet = (nodes: number): PlacementFacts => ({
  nodes: Array.from({ length: nodes }, (_, at) => nodeOf(at)),
  workloads: Array.from({ length: (nodes * INSTANCES_PER_NODE) / REPLICAS }, (_, at) =>
    workloadOf(at),
  ),
  quotas: Object.fromEntries(
    Array.from({ length: 100 }, (_, at) => [`tenant-${at}`, { instances: nodes * 10 }]),
  ),
});
