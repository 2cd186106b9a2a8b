import {
  endpoints,
  type HaStatus,
  type InstanceSpec,
  type PlatformStatus,
} from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signal, TestPlatform, until } from "./platform.ts";
import { TestGateway } from "./test-gateway.ts";
import { TestNode } from "./test-node.ts";

/** Addresses for documentation (RFC 5737). */
const DOORS = { n2: "https://192.0.2.2:7443", n3: "https://192.0.2.3:7443" } as const;

let platform: TestPlatform;
const others = new Map<string, TestNode>();
beforeAll(async () => {
  platform = await TestPlatform.start({ nodesListen: { host: "192.0.2.1", port: 7443 } });
});
afterAll(async () => {
  for (const node of others.values()) await node[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

async function join(name: keyof typeof DOORS): Promise<TestNode> {
  const { orchestrator } = platform;
  const client = () => orchestrator.client(orchestrator.tokens.node(name));
  const node = await TestNode.start(client, name, DOORS[name]);
  others.set(name, node);
  return node;
}

const gatewayOn = (node: TestNode): InstanceSpec | undefined =>
  [...node.specs.values()].find(({ app }) => app === "gateway");

/** It is told to run one; it says that it is ready. */
async function readyOn(node: TestNode): Promise<InstanceSpec> {
  const spec = await until(`${node.name} has a gateway`, () => gatewayOn(node));
  node.ready(spec.id);
  return spec;
}

const leaves = (node: TestNode): Promise<unknown> =>
  until(`${node.name} has no gateway`, () => gatewayOn(node) === undefined);

async function component(): Promise<PlatformStatus["components"][number] | undefined> {
  const { components } = await platform.admin.call(endpoints.platform.status, { signal });
  return components.find(({ name }) => name === "gateway");
}

async function status(): Promise<HaStatus | undefined> {
  const { items } = await platform.admin.call(endpoints.ha.list, { signal });
  return items.find(({ name }) => name === "gateway");
}

const started = async (): Promise<string[]> =>
  (await status())?.instances.flatMap(({ node, state, isStale }) =>
    state === "started" && !isStale ? [node] : [],
  ) ?? [];

const runOn = (...nodes: string[]): Promise<unknown> =>
  until(
    `gateways run on ${nodes.join(" and ")}`,
    async () => (await started()).join() === nodes.join(),
  );

const verb = (name: "start" | "stop" | "freeze" | "thaw"): Promise<HaStatus> =>
  platform.admin.call(endpoints.ha[name], { parameters: { service: "gateway" }, signal });

const mark = (name: "drain" | "uncordon", node: string): Promise<unknown> =>
  platform.admin.call(endpoints.nodes[name], { parameters: { node }, signal });

describe("the gateway, as a brick", () => {
  it("runs on the only node, and is well with one", async () => {
    await readyOn(platform.node);
    await runOn("n1");
    expect(await component()).toMatchObject({ healthy: true, message: "ready on n1" });
  });

  it("runs on a second node as soon as that is there, and is not well before it is ready", async () => {
    const n2 = await join("n2");
    const spec = await until("it is told to", () => gatewayOn(n2));
    expect(await component()).toMatchObject({
      healthy: false,
      message: expect.stringContaining("1 of 2 ready on n1; n2"),
    });
    n2.ready(spec.id);
    await runOn("n1", "n2");
    expect(await component()).toMatchObject({ healthy: true, message: "ready on n1, n2" });
    expect(await status()).toMatchObject({
      desired: { kind: "started" },
      candidates: ["n1", "n2"],
    });
  });

  it("listens at each node's own address, and knows itself by its node's name", () => {
    const n2 = others.get("n2");
    const [one, two] = [gatewayOn(platform.node), n2 && gatewayOn(n2)];
    expect(one?.environmentVariables).toMatchObject({
      BASTIDE_GATEWAY: "n1",
      BASTIDE_LISTEN: "127.0.0.1",
    });
    expect(two?.environmentVariables).toMatchObject({
      BASTIDE_GATEWAY: "n2",
      BASTIDE_LISTEN: "127.0.0.1,192.0.2.2",
    });
    expect(two?.files["peer.pem"]).toContain("BEGIN CERTIFICATE");
    expect(two?.files["peer.pem"]).not.toBe(one?.files["peer.pem"]);
  });

  it("is led to the platform, and to what runs beside it, through the first machine's door", async () => {
    await until("its agent is told", () => platform.node.ownDoor);
    const { instance, ...upstream } = platform.gateway.upstreams("bastide.localhost")[0] ?? {};
    const inside = { host: "127.0.0.1", port: 7_400 };
    expect(upstream).toMatchObject({ node: "n1", host: "192.0.2.1", port: 7_445, inside });
    expect(platform.node.ownDoor).toMatchObject({
      listen: { host: "192.0.2.1", port: 7_445 },
      leads: { [instance ?? ""]: inside },
    });
  });

  it("leaves a drained node when another is there and ready, and is back on the first one after", async () => {
    const [n2, n3] = [others.get("n2"), await join("n3")];
    if (!n2) throw new Error("there is no n2");
    await mark("drain", "n1");
    const spec = await until("n3 has one", () => gatewayOn(n3));
    expect(gatewayOn(platform.node)).toBeDefined();
    n3.ready(spec.id);
    await leaves(platform.node);
    await runOn("n2", "n3");
    await mark("uncordon", "n1");
    await readyOn(platform.node);
    await leaves(n3);
    await runOn("n1", "n2");
  });

  it("is started anew where its agent gave it up, and elsewhere when that happens again and again", async () => {
    const [n2, n3] = [others.get("n2"), others.get("n3")];
    if (!n2 || !n3) throw new Error("there are no other nodes");
    const tried = new Set<string>();
    await until("n3 has one", () => {
      const spec = gatewayOn(n2);
      if (spec && !tried.has(spec.id)) n2.fail(spec.id);
      if (spec) tried.add(spec.id);
      return gatewayOn(n3);
    });
    expect(tried.size).toBe(4);
    await readyOn(n3);
    await runOn("n1", "n3");
  });

  it("is neither started nor stopped while it is frozen", async () => {
    const n3 = others.get("n3");
    if (!n3) throw new Error("there is no n3");
    await verb("freeze");
    await mark("drain", "n3");
    expect((await verb("thaw")).desired).toEqual({ kind: "started" });
    const n2 = others.get("n2");
    if (n2) await readyOn(n2);
    await leaves(n3);
    await mark("uncordon", "n3");
    await runOn("n1", "n2");
  });

  it("is stopped everywhere when an operator wants that, who is told what it means", async () => {
    expect((await verb("stop")).note).toMatch(/nothing answers at apps' hosts/);
    await runOn();
    expect(await component()).toMatchObject({
      healthy: false,
      message: expect.stringContaining("bastide ha start gateway"),
    });
    const { note } = await verb("start");
    expect(note).toBeUndefined();
    await readyOn(platform.node);
    const n2 = others.get("n2");
    if (n2) await readyOn(n2);
    await runOn("n1", "n2");
  });

  it("holds no deployment up when its machine is lost, though its connection looks open", async () => {
    const { orchestrator } = platform;
    const client = () => orchestrator.client(orchestrator.tokens.gateway("n2"));
    await using silent = await TestGateway.start(client, "n2");
    const never = Promise.withResolvers<void>();
    silent.held = never.promise;
    await others.get("n2")?.vanish();
    const shop = await platform.app();
    await shop.deploy();
    const n3 = others.get("n3");
    if (n3) await readyOn(n3);
    await runOn("n1", "n3");
    expect(await started()).not.toContain("n2");
    never.resolve();
  });
});
