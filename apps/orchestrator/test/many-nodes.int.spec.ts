import { endpoints, type Node, type ObservedInstance } from "@bastide/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestGateway } from "./test-gateway.ts";
import { TestNode } from "./test-node.ts";
import { signal, type TestApp, TestPlatform, until } from "./platform.ts";

let platform: TestPlatform;
let gateway: TestGateway;
let n2: TestNode;
let n3: TestNode;
beforeAll(async () => {
  platform = await TestPlatform.start();
  ({ gateway } = platform);
  const { orchestrator } = platform;
  const start = (name: string): Promise<TestNode> =>
    TestNode.start(() => orchestrator.client(orchestrator.tokens.node(name)), name);
  [n2, n3] = [await start("n2"), await start("n3")];
  for (const node of [n2, n3]) node.onStop = platform.node.onStop;
});
beforeEach(() => platform.calm());
afterAll(async () => {
  await n2[Symbol.asyncDispose]();
  await n3[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

const node = async (name: string): Promise<Node> => {
  const parameters = { node: name };
  return platform.admin.call(endpoints.nodes.get, { parameters, signal });
};
const livenessIs = (name: string, wanted: Node["liveness"]): Promise<unknown> =>
  until(`${name} is ${wanted}`, async () => (await node(name)).liveness === wanted);
const mark = (verb: "cordon" | "uncordon" | "drain", name: string): Promise<Node> =>
  platform.admin.call(endpoints.nodes[verb], { parameters: { node: name }, signal });

async function twoInstances(): Promise<{ shop: TestApp; nodes: string[] }> {
  const shop = await platform.app();
  await shop.deploy();
  return { shop, nodes: (await shop.instances()).map((instance) => instance.node) };
}

describe("a node whose machine dies", () => {
  it("is avoided, then given up: its instance is started elsewhere, and leaves when it is back and one too many", async () => {
    await mark("cordon", "n1");
    const { shop, nodes } = await twoInstances();
    expect(nodes.toSorted()).toEqual(["n2", "n3"]);
    await mark("uncordon", "n1");
    const before = await shop.instances();
    const [dead] = before.filter((instance) => instance.node === "n3");
    await n3.vanish();
    await livenessIs("n3", "suspected");
    await until("it is avoided", () => !shop.routed().includes(dead?.id ?? ""));
    expect(shop.routed()).toHaveLength(1);
    await livenessIs("n3", "lost");
    await until("two serve again", () => shop.routed().length === 2);
    const [fresh] = (await shop.instances()).filter(
      ({ id }) => !before.some((old) => old.id === id),
    );
    expect(fresh?.node).toBe("n1");
    expect((await shop.instances()).find(({ id }) => id === dead?.id)?.nodeLiveness).toBe("lost");
    await n3.comeBack();
    await livenessIs("n3", "alive");
    await until("the surplus is gone", async () => (await shop.instances()).length === 2);
    expect((await shop.instances()).map(({ id }) => id).toSorted()).toEqual(
      before.map(({ id }) => id).toSorted(),
    );
    expect(n3.tombstones).not.toContain(dead?.id);
  });

  it("that was lost before a start of ours is lost after it", async () => {
    await n3.vanish();
    await livenessIs("n3", "lost");
    await platform.orchestrator.restart();
    expect((await node("n3")).liveness).toBe("lost");
    await n3.comeBack();
    await livenessIs("n3", "alive");
  });
});

describe("what an earlier start of an agent said", () => {
  it("changes nothing, however late it comes", async () => {
    const { shop } = await twoInstances();
    await n2.vanish();
    await n2.comeBack();
    await livenessIs("n2", "alive");
    const [id = ""] = [...n2.observed.keys()];
    const seen = n2.observed.get(id);
    const stale: ObservedInstance = { id, phase: "failed", restarts: 9, promises: [] };
    n2.observed.set(id, stale);
    await n2.report(1);
    const known = (await shop.instances()).find((one) => one.id === id)?.observed;
    expect(known?.phase).not.toBe("failed");
    if (seen) n2.observed.set(id, seen);
  });
});

describe("a node whose clock is an hour off", () => {
  it("is shown with the fact and the fix, until its clock is right", async () => {
    await n2.beat(undefined, new Date(Date.now() + 3_600_000));
    const shown = await node("n2");
    expect(shown.problems.join()).toMatch(
      /clock is 3[56]\d\d s ahead .* at most 30 s .*run a time service/,
    );
    await until("its clock is right", async () => (await node("n2")).problems.length === 0);
  });
});

describe("operators", () => {
  it("cordon a node: it gets nothing new, and keeps what it has", async () => {
    const { shop, nodes } = await twoInstances();
    const [closed = ""] = nodes;
    const before = new Set((await shop.instances()).map(({ id }) => id));
    await mark("cordon", closed);
    await shop.deploy();
    // Those of the release before may still be stopping.
    const fresh = (await shop.instances()).filter(({ id }) => !before.has(id));
    expect(fresh).toHaveLength(2);
    expect(fresh.map((one) => one.node)).not.toContain(closed);
    expect(await mark("uncordon", closed)).toMatchObject({ cordoned: false });
  });

  it("drain a node: others are ready and every gateway uses them before anything stops there", async () => {
    const { shop, nodes } = await twoInstances();
    const [leaving = ""] = nodes;
    const before = shop.routed();
    await mark("drain", leaving);
    await until("it runs no app", async () => {
      const { running } = await platform.admin.call(endpoints.nodes.get, {
        parameters: { node: leaving },
        signal,
      });
      return running.every(({ service }) => service !== undefined);
    });
    expect(shop.routed()).toHaveLength(2);
    expect(shop.routed()).not.toEqual(before);
    expect(gateway.upstreams(shop.host)).toHaveLength(2);
    await mark("uncordon", leaving);
  });

  it("cannot drain the only node that takes instances", async () => {
    await mark("cordon", "n2");
    await mark("cordon", "n3");
    await expect(mark("drain", "n1")).rejects.toThrow(/only node that takes instances/);
    await mark("uncordon", "n2");
    await mark("uncordon", "n3");
  });

  it("remove a node that runs something by force only, and never the control plane's own", async () => {
    const { shop, nodes } = await twoInstances();
    const gone = nodes.find((name) => name !== "n1") ?? "";
    const machine = gone === "n2" ? n2 : n3;
    const remove = (name: string, force: boolean) =>
      platform.admin.call(endpoints.nodes.remove, {
        parameters: { node: name },
        query: { force: String(force) },
        signal,
      });
    await expect(remove("n1", true)).rejects.toThrow(/control plane's own machine/);
    await expect(remove(gone, false)).rejects.toThrow(/still runs \d+ instances? of apps; .*drain/);
    await machine.vanish();
    await remove(gone, true);
    await until("two serve without it", async () => {
      const instances = await shop.instances();
      return instances.length === 2 && instances.every((one) => one.node !== gone);
    });
  });
});

it("stopped no instance, in any of this, while the gateway still used it", () => {
  expect(platform.violations).toEqual([]);
});
