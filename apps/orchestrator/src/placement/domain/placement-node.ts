import type { NodeFacts, NodePlace } from "@bastide/contracts";
import type { NodeState, PlacementNode, Room } from "@bastide/ha";

/** Of a node's memory, what apps are given: the rest is the system's and the platform's own. */
const SHARE_FOR_APPS = 0.9;
/** Users, ports and control groups are numbered; a machine is not to come near to their end. */
const MOST_INSTANCES = 1_000;
const MIB = 1_048_576;

/** A node that has not yet said what it is: nothing speaks against it but that it is silent. */
const UNKNOWN: Room = {
  cpuMillis: Number.MAX_SAFE_INTEGER,
  memoryMb: Number.MAX_SAFE_INTEGER,
  instances: MOST_INSTANCES,
};

export interface NodeAsKnown {
  readonly name: string;
  readonly facts?: NodeFacts;
  readonly place: NodePlace;
  readonly state: NodeState;
}

/** A node as placement sees it: what it says of itself, and what operators say of it. */
export function placementNode({ name, facts, place, state }: NodeAsKnown): PlacementNode {
  const { labels = {}, ...declared } = place;
  return {
    name,
    state,
    capacity: facts ? capacityOf(facts) : UNKNOWN,
    labels,
    facts: { ...declared, ...(facts ? toldBy(facts, place) : { driver: ["process"] }) },
  };
}

const capacityOf = ({ cpus, memoryBytes }: NodeFacts): Room => ({
  cpuMillis: cpus * 1_000,
  memoryMb: Math.floor((memoryBytes / MIB) * SHARE_FOR_APPS),
  instances: MOST_INSTANCES,
});

const toldBy = (facts: NodeFacts, place: NodePlace): PlacementNode["facts"] => ({
  kernel: [facts.kernel],
  arch: [facts.arch],
  driver: facts.drivers,
  memory_encryption: [
    ...new Set([...(place.memory_encryption ?? []), ...(facts.memoryEncryption ?? [])]),
  ],
  isolation: mechanismsOf(facts.isolation),
});

/** In words that a policy can ask for: `check if isolation("seccomp");`. */
function mechanismsOf(isolation: NodeFacts["isolation"]): string[] {
  const has: Readonly<Record<string, boolean>> = {
    "own-user": isolation.ownUid,
    seccomp: isolation.seccomp,
    "no-new-privileges": isolation.noNewPrivileges,
    "no-capabilities": isolation.noCapabilities === true,
    "memory-limit": isolation.memoryLimit !== "none",
    "cpu-limit": isolation.cpuLimit !== "none",
    "process-limit": isolation.processLimit !== "none",
  };
  return [
    ...Object.keys(has).filter((name) => has[name]),
    ...isolation.namespaces.map((name) => `namespace-${name}`),
  ];
}
