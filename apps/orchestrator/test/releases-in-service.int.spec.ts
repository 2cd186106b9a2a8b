import { BlobStore } from "@bastide/builder";
import { DeploymentEvent, endpoints, LogLine } from "@bastide/contracts";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { GarbageJob } from "../src/releases/garbage.job.ts";
import { collect } from "../src/streams/collect.ts";
import type { TestGateway } from "./test-gateway.ts";
import type { TestNode } from "./test-node.ts";
import { signal, type TestApp, TestPlatform, until } from "./platform.ts";

let platform: TestPlatform;
let node: TestNode;
let gateway: TestGateway;
beforeAll(async () => {
  platform = await TestPlatform.start();
  ({ node, gateway } = platform);
});
beforeEach(() => platform.calm());
afterAll(() => platform[Symbol.asyncDispose]());
const app = (): Promise<TestApp> => platform.app();

describe("a rollback", () => {
  it("brings the release before back without a build, with the variables it had", async () => {
    const shop = await app();
    await shop.deploy();
    await shop.deploy();
    const builds = node.builds.length;
    const back = await shop.admin.call(endpoints.deployments.rollback, {
      parameters: shop.target,
      body: {},
      signal,
    });
    expect(await shop.ended(back)).toMatchObject({
      phase: "succeeded",
      kind: "rollback",
      version: 1,
    });
    expect(node.builds).toHaveLength(builds);
    const [id = ""] = shop.routed();
    expect(node.specs.get(id)?.release).toBe("v1");
  });

  it("skips a release that never served", async () => {
    const shop = await app();
    await shop.deploy();
    node.behaviour = "crash";
    await shop.ended(await shop.start());
    node.behaviour = "ready";
    await shop.deploy();
    const parameters = shop.target;
    const back = await shop.admin.call(endpoints.deployments.rollback, {
      parameters,
      body: {},
      signal,
    });
    expect(await shop.ended(back)).toMatchObject({ phase: "succeeded", version: 1 });
  });
});

describe("scaling", () => {
  const scale = (shop: TestApp, body: Record<string, number>) =>
    shop.admin.call(endpoints.deployments.scale, { parameters: shop.target, body, signal });

  it("adds and removes instances of the current release and keeps the others", async () => {
    const shop = await app();
    await shop.deploy();
    const before = shop.routed();
    await shop.ended(await scale(shop, { web: 3 }));
    expect(shop.routed()).toHaveLength(3);
    expect(shop.routed()).toEqual(expect.arrayContaining(before));
    await shop.ended(await scale(shop, { web: 1 }));
    await until("one is left", async () => (await shop.instances()).length === 1);
    await shop.ended(await scale(shop, { web: 0 }));
    // Until its end is on record the deployment counts as an app that is starting.
    await until("the route is that of a stopped app", () => {
      const { upstreams, whenEmpty } = gateway.table.get(`route/${shop.host}/`) ?? {};
      return upstreams?.length === 0 && whenEmpty === "stopped";
    });
    await shop.ended(await scale(shop, { web: 2 }));
    expect(shop.routed()).toHaveLength(2);
  });

  it("outlives the next deployment", async () => {
    const shop = await app();
    await shop.deploy();
    await shop.ended(await scale(shop, { web: 1 }));
    await shop.deploy();
    expect(shop.routed()).toHaveLength(1);
  });

  it("names a process that is not there and the nearest that is", async () => {
    const shop = await app();
    await shop.deploy();
    await expect(scale(shop, { wep: 1 })).rejects.toThrow('Did you mean "web"?');
  });
});

describe("new configuration", () => {
  it("replaces the instances by ones of a new release that has it", async () => {
    const shop = await app();
    await shop.deploy();
    const { deployment } = await shop.admin.call(endpoints.variables.change, {
      parameters: shop.target,
      body: { set: { COLOUR: { value: "blue" } } },
      signal,
    });
    if (!deployment) throw new Error("there is no deployment");
    expect(await shop.ended(deployment)).toMatchObject({
      kind: "configuration",
      phase: "succeeded",
      version: 2,
    });
    const [id = ""] = shop.routed();
    expect(node.specs.get(id)?.environmentVariables).toEqual({ COLOUR: "blue" });
  });
});

describe("garbage collection", () => {
  it("keeps ten releases and all that is referred to, and deletes other blobs at its second look", async () => {
    const shop = await app();
    await shop.deploy();
    const target = { parameters: shop.target, signal };
    for (let i = 0; i < 12; i++)
      await shop.admin
        .call(endpoints.variables.change, {
          ...target,
          body: { set: { COUNT: { value: String(i) } } },
        })
        .then(({ deployment }) => deployment && shop.ended(deployment));
    const blobs = platform.orchestrator.app.get(BlobStore);
    const { digest } = await blobs.put(Readable.from(["of no use"]));
    const artefact = await blobs.put(Readable.from(["artefact"]));
    await platform.query("update releases set artefact = $1 where version = 13", [artefact.digest]);
    const garbage = platform.orchestrator.app.get(GarbageJob);
    await garbage.run();
    expect(await blobs.has(digest)).toBe(true);
    await garbage.run();
    expect(await blobs.has(digest)).toBe(false);
    expect(await blobs.has(artefact.digest)).toBe(true);
    const { items } = await shop.admin.call(endpoints.releases.list, target);
    expect(items.map(({ version }) => version)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
  });
});

describe("logs", () => {
  it("are those of all instances", async () => {
    const shop = await app();
    await shop.deploy();
    const lines = await collect(
      shop.admin.events(endpoints.instances.logs, LogLine, { parameters: shop.target, signal }),
    );
    expect(lines.map(({ instance }) => instance).toSorted()).toEqual(shop.routed().toSorted());
  });

  it("of a deployment are its states, its build's lines and its instances' first lines, to its end", async () => {
    const shop = await app();
    node.behaviour = "hold";
    const deployment = await shop.start();
    const events: string[] = [];
    const parameters = { ...shop.target, deployment: deployment.id };
    const stream = shop.admin.events(endpoints.deployments.events, DeploymentEvent, {
      parameters,
      signal,
    });
    for await (const event of stream) {
      events.push(event.type === "log" ? `${event.phase}: ${event.line}` : event.deployment.phase);
      if (event.type === "log" && event.phase === "start") node.release();
    }
    expect(events).toContain("build: npm ci");
    expect(events.some((line) => line.startsWith("start: hello from"))).toBe(true);
    expect(events.at(-1)).toBe("succeeded");
  });
});

it("stopped no instance, in any of this, while the gateway still used it", () => {
  expect(node.stopped.length).toBeGreaterThan(0);
  expect(platform.violations).toEqual([]);
});
