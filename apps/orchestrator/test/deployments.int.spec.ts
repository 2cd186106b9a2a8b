import { ApiError, type Deployment, endpoints, hasEnded } from "@bastide/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestGateway } from "./test-gateway.ts";
import { buildOk, buildResult, type TestNode } from "./test-node.ts";
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

describe("a deployment", () => {
  it("builds, starts, switches, drains and stops what it replaced", async () => {
    const shop = await app();
    const first = await shop.deploy();
    expect(first).toMatchObject({ kind: "source", version: 1, url: `http://${shop.host}:8080` });
    const old = shop.routed();
    expect(old).toHaveLength(2);
    const second = await shop.deploy({ prebuilt: true });
    expect(second).toMatchObject({ kind: "prebuilt", version: 2 });
    expect(Object.keys(second.timingsMs)).toEqual(
      expect.arrayContaining(["building", "starting", "switching"]),
    );
    expect(shop.routed()).toHaveLength(2);
    for (const id of old) {
      expect(shop.routed()).not.toContain(id);
      await until("the old one is stopped", () => node.stopped.includes(id));
    }
    await until("the old ones are gone", async () => (await shop.instances()).length === 2);
  });

  it("gives the node a complete specification, secrets included", async () => {
    const shop = await app();
    await shop.admin.call(endpoints.variables.change, {
      parameters: shop.target,
      body: { set: { KEY: { value: "s3cret", secret: true }, COLOUR: { value: "red" } } },
      signal,
    });
    await shop.deploy();
    const [id = ""] = shop.routed();
    expect(node.specs.get(id)).toMatchObject({
      app: shop.name,
      release: "v1",
      command: ["/bin/sh", "-c", "node server.js"],
      environmentVariables: { KEY: "s3cret", COLOUR: "red" },
      listens: true,
      promises: [{ kind: "tcp" }],
    });
    expect(node.builds.at(-1)?.environmentVariables).toEqual({ COLOUR: "red" });
    expect(platform.orchestrator.log.join("")).not.toContain("s3cret");
  });

  it("fails when the new release crashes at start; what serves keeps serving", async () => {
    const shop = await app();
    await shop.deploy();
    const serving = shop.routed();
    node.behaviour = "crash";
    const failed = await shop.ended(await shop.start());
    expect(failed).toMatchObject({
      phase: "failed",
      failure: { code: "instance-crashed", lastLogs: ["Error: cannot find module"] },
    });
    expect(shop.routed()).toEqual(serving);
    await until("the new ones are gone", async () => (await shop.instances()).length === 2);
    expect((await shop.instances()).map(({ id }) => id).toSorted()).toEqual(serving.toSorted());
  });

  it("fails when the new release never listens, with the log of its node", async () => {
    const shop = await app();
    node.behaviour = "never-ready";
    const failed = await shop.ended(await shop.start());
    expect(failed.failure).toMatchObject({
      code: "promise-not-kept",
      message: expect.stringContaining("nothing listens on its port"),
    });
    expect(failed.failure?.lastLogs[0]).toContain("hello from");
  });

  it("fails when the build fails, with its last lines", async () => {
    const shop = await app();
    node.build = async (_request, emit) => {
      emit({ type: "log", at: new Date().toISOString(), line: "npm error code E404" });
      emit({ type: "failure", code: "build-failed", message: "npm ci ended with code 1" });
    };
    expect(await shop.ended(await shop.start())).toMatchObject({
      phase: "failed",
      failure: { code: "build-failed", lastLogs: ["npm error code E404"] },
    });
  });

  it("is the only one of its app, and says which one is in progress", async () => {
    const shop = await app();
    node.behaviour = "hold";
    const first = await shop.start();
    const refused = await shop.start().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({
      code: "deployment-in-progress",
      message: expect.stringContaining(first.id),
    });
    node.release();
    await shop.ended(first);
  });

  it("is cancelled in every phase before it serves", async () => {
    const shop = await app();
    await shop.deploy();
    const serving = shop.routed();
    const cancel = (deployment: Deployment) =>
      shop.admin.call(endpoints.deployments.cancel, {
        parameters: { ...shop.target, deployment: deployment.id },
        signal,
      });
    const build = Promise.withResolvers<void>();
    node.build = async (_request, emit) => {
      await build.promise;
      emit(buildResult());
    };
    const building = await shop.start();
    await shop.phase(building, "building");
    await cancel(building);
    expect((await shop.ended(building)).phase).toBe("cancelled");
    build.resolve();
    node.build = buildOk;
    node.behaviour = "hold";
    const starting = await shop.start();
    await shop.phase(starting, "starting");
    await cancel(starting);
    expect((await shop.ended(starting)).phase).toBe("cancelled");
    node.behaviour = "ready";
    const table = Promise.withResolvers<void>();
    gateway.held = table.promise;
    const switching = await shop.start();
    await shop.phase(switching, "switching");
    await cancel(switching);
    expect((await shop.ended(switching)).phase).toBe("cancelled");
    table.resolve();
    gateway.held = undefined;
    await until("only the first serves", async () => (await shop.instances()).length === 2);
    expect(shop.routed().toSorted()).toEqual(serving.toSorted());
  });

  it("waits for the last requests of what it replaces, and a newer one need not wait for that", async () => {
    const shop = await app();
    await shop.deploy();
    const old = shop.routed();
    gateway.busy = old;
    const second = await shop.start();
    await shop.phase(second, "draining");
    expect(node.stopped).not.toContain(old[0]);
    const third = await shop.start();
    await shop.phase(third, "draining");
    expect(await shop.get(second.id)).toMatchObject({ phase: "succeeded" });
    expect(node.stopped).not.toContain(old[0]);
    gateway.busy = [];
    gateway.reportAgain();
    await until("the old ones are stopped", () => old.every((id) => node.stopped.includes(id)));
    expect(await shop.ended(third)).toMatchObject({ phase: "succeeded", version: 3 });
  });

  it("goes in steps of weight", async () => {
    const shop = await app();
    await shop.deploy();
    const seen = new Set<string>();
    const deployment = await shop.start({
      strategy: { steps: [10, 50, 100], stepSeconds: 1, drainSeconds: 1 },
    });
    await until("it has ended", async () => {
      seen.add(
        gateway
          .upstreams(shop.host)
          .map(({ weight }) => weight)
          .join(),
      );
      return hasEnded((await shop.get(deployment.id)).phase);
    });
    expect([...seen]).toEqual(
      expect.arrayContaining(["4500,4500,500,500", "2500,2500,2500,2500", "5000,5000"]),
    );
  });
});

it("stopped no instance, in any of this, while the gateway still used it", () => {
  expect(node.stopped.length).toBeGreaterThan(0);
  expect(platform.violations).toEqual([]);
});
