import { beforeEach, expect, it } from "vitest";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { InstanceRow } from "../instances/instance.row.ts";
import { gatewayAddresses } from "./public-addresses.ts";

const gatewayOn = (node: string): InstanceRow =>
  Object.assign(new InstanceRow(), {
    id: `gateway-${node}`,
    appId: null,
    environmentId: null,
    releaseId: null,
    generation: null,
    service: "gateway",
    process: "gateway",
    node,
    observed: null,
  });

let registry: InstanceRegistry;
beforeEach(() => {
  registry = new InstanceRegistry();
  for (const [node, host] of [
    ["n1", "192.0.2.1"],
    ["n2", "192.0.2.2"],
    ["n3", "192.0.2.3"],
    ["n4", "127.0.0.4"],
  ] as const)
    registry.nodes.setDoor(node, { node, host, port: 7443 });
  registry.add(["n1", "n2", "n4"].map(gatewayOn));
});

const addresses = (gatewayListen: string[], publicAddresses?: string[]) =>
  gatewayAddresses({ node: "n1", gatewayListen, publicAddresses }, registry);

it("are of every node that has a gateway, where the world can reach it", () => {
  expect(addresses(["198.51.100.1"])).toEqual(["198.51.100.1", "192.0.2.2"]);
});

it("are no more of a node whose gateway has left", () => {
  registry.remove(["gateway-n2"]);
  expect(addresses(["198.51.100.1"])).toEqual(["198.51.100.1"]);
});

it("are what the operator says, where they said it", () => {
  expect(addresses(["198.51.100.1"], ["203.0.113.5"])).toEqual(["203.0.113.5"]);
});

it("are none where this machine's gateway listens to itself only", () => {
  expect(addresses(["127.0.0.1", "::1"])).toEqual([]);
});
