import { NodePlace, PLACEMENT_FACTS } from "@bastide/contracts";
import { DECLARED_FACTS, NODE_FACTS } from "@bastide/ha";
import { expect, it } from "vitest";
import { placementNode } from "./placement-node.ts";

const facts = {
  hostname: "h",
  kernel: "6.12",
  arch: "x64",
  cpus: 2,
  memoryBytes: 1 << 30,
  diskFreeBytes: 0,
  nodeVersion: "24",
  platformVersion: "0",
  drivers: ["process"],
  memoryEncryption: ["tdx"],
  isolation: {
    ownUid: true,
    namespaces: ["pid"],
    seccomp: false,
    noNewPrivileges: true,
    noCapabilities: true,
    memoryLimit: "none",
    cpuLimit: "cgroup-v2",
    processLimit: "rlimit",
  },
} as const;

it("has what the node says of itself and what operators say of it", () => {
  const place = {
    country: ["FR"],
    operator_law: ["eu"],
    memory_encryption: ["sev-snp"],
    labels: { tier: "gold" },
  };
  const node = placementNode({
    name: "a",
    state: "ready",
    place,
    facts: structuredClone(facts) as never,
  });
  expect(node).toEqual({
    name: "a",
    state: "ready",
    capacity: { cpuMillis: 2_000, memoryMb: 921, instances: 1_000 },
    labels: { tier: "gold" },
    facts: {
      country: ["FR"],
      operator_law: ["eu"],
      kernel: ["6.12"],
      arch: ["x64"],
      driver: ["process"],
      memory_encryption: ["sev-snp", "tdx"],
      isolation: [
        "own-user",
        "no-new-privileges",
        "no-capabilities",
        "cpu-limit",
        "process-limit",
        "namespace-pid",
      ],
    },
  });
});

it("of a node that has said nothing yet supposes that it can do what nodes do", () => {
  const { capacity, facts: supposed } = placementNode({ name: "a", state: "silent", place: {} });
  expect(supposed).toEqual({ driver: ["process"] });
  expect(capacity.memoryMb).toBeGreaterThan(1e9);
});

it("is asked for in the words that the contracts document: neither library may depend on the other", () => {
  expect([...NODE_FACTS, "label"]).toEqual(Object.keys(PLACEMENT_FACTS));
  const said = Object.keys(NodePlace.shape);
  expect(said.filter((word) => word !== "labels" && !(word in PLACEMENT_FACTS))).toEqual([]);
  expect(DECLARED_FACTS.filter((word) => !said.includes(word))).toEqual([]);
});
