import { ApiError } from "@bastide/contracts";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { DesiredState } from "../src/nodes/desired-state.ts";
import type { TestGateway } from "./test-gateway.ts";
import { buildOk, buildResult, processes, type TestNode } from "./test-node.ts";
import { type TestApp, TestPlatform, until } from "./platform.ts";

/** Its instances may take half a minute to start. */
const patientBuild: TestNode["build"] = async (_request, emit) =>
  emit(buildResult({ processes: processes({ startTimeoutSeconds: 30 }) }));

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

describe("a restart of the orchestrator", () => {
  it("in the middle of a build builds again and goes on", async () => {
    const shop = await app();
    const first = Promise.withResolvers<void>();
    let builds = 0;
    node.build = async (request, emit) => {
      builds += 1;
      if (builds === 1) await first.promise;
      await buildOk(request, emit);
    };
    const deployment = await shop.start();
    await until("it builds", () => builds === 1);
    await platform.orchestrator.restart();
    expect(await shop.ended(deployment)).toMatchObject({ phase: "succeeded" });
    expect(builds).toBe(2);
    first.resolve();
  });

  it("in the middle of a start goes on with the same instances", async () => {
    const shop = await app();
    node.behaviour = "hold";
    node.build = patientBuild;
    const deployment = await shop.start();
    await shop.phase(deployment, "starting");
    await until("they are on the node", async () => (await shop.instances()).length === 2);
    const started = (await shop.instances()).map(({ id }) => id);
    await platform.orchestrator.restart();
    node.release();
    expect(await shop.ended(deployment)).toMatchObject({ phase: "succeeded" });
    expect(shop.routed().toSorted()).toEqual(started.toSorted());
  });

  it("in the middle of a switch waits for the gateway anew, and cuts nobody off", async () => {
    const shop = await app();
    await shop.deploy();
    const old = shop.routed();
    const table = Promise.withResolvers<void>();
    gateway.held = table.promise;
    const deployment = await shop.start();
    await shop.phase(deployment, "switching");
    await platform.orchestrator.restart();
    await until("it answers again", () =>
      shop.get(deployment.id).then(
        () => true,
        () => false,
      ),
    );
    expect(old.some((id) => node.stopped.includes(id))).toBe(false);
    table.resolve();
    gateway.held = undefined;
    expect(await shop.ended(deployment)).toMatchObject({ phase: "succeeded" });
    await until("the old ones are stopped", () => old.every((id) => node.stopped.includes(id)));
  });

  it("in the middle of a drain stops the old ones when they are done", async () => {
    const shop = await app();
    await shop.deploy();
    const old = shop.routed();
    gateway.busy = old;
    const deployment = await shop.start();
    await shop.phase(deployment, "draining");
    await platform.orchestrator.restart();
    await until("it answers again", () =>
      shop.get(deployment.id).then(
        () => true,
        () => false,
      ),
    );
    expect(old.some((id) => node.stopped.includes(id))).toBe(false);
    gateway.busy = [];
    gateway.reportAgain();
    expect(await shop.ended(deployment)).toMatchObject({ phase: "succeeded" });
    await until("the old ones are stopped", () => old.every((id) => node.stopped.includes(id)));
  });

  it("changes nothing of what runs", async () => {
    const shop = await app();
    await shop.deploy();
    const serving = shop.routed();
    const stopped = node.stopped.length;
    await platform.orchestrator.restart();
    const again = await shop.deploy();
    expect(again.version).toBe(2);
    await until("the old ones are stopped", () => node.stopped.length === stopped + serving.length);
    expect(node.stopped.slice(stopped).toSorted()).toEqual(serving.toSorted());
  });
});

describe("the loss of the database", () => {
  it("stops nothing that runs; deployments go on when it is back", async () => {
    const shop = await app();
    await shop.deploy();
    const serving = shop.routed();
    node.behaviour = "hold";
    node.build = patientBuild;
    const deployment = await shop.start();
    await shop.phase(deployment, "starting");
    await platform.orchestrator.postgres.crash();
    await expect(shop.get(deployment.id)).rejects.toThrow(ApiError);
    await delay(1_500);
    expect(shop.routed()).toEqual(serving);
    await platform.orchestrator.postgres.start();
    node.release();
    expect(await shop.ended(deployment)).toMatchObject({ phase: "succeeded" });
    await shop.deploy({ prebuilt: true });
  });
});

it("stopped no instance, in any of this, while the gateway still used it", () => {
  expect(node.stopped.length).toBeGreaterThan(0);
  expect(platform.violations).toEqual([]);
});

describe("a database that is lost right after a commit", () => {
  /** The next call that is about an instance fails. */
  function failOnce(method: "started" | "stopped"): void {
    const desired = platform.orchestrator.app.get(DesiredState, { strict: false });
    const real = desired[method].bind(desired);
    const spy = vi.spyOn(desired, method).mockImplementation((rows) => {
      if (rows.length === 0) return real(rows);
      spy.mockRestore();
      throw new Error("Connection terminated");
    });
  }

  it("leaves no instance that its node was never told of", async () => {
    const shop = await app();
    failOnce("started");
    await shop.deploy();
    expect(shop.routed()).toHaveLength(2);
  });

  it("leaves no instance that its node was never told to stop", async () => {
    const shop = await app();
    await shop.deploy();
    const old = shop.routed();
    failOnce("stopped");
    await shop.deploy();
    await expect.poll(() => node.stopped, { timeout: 30_000 }).toEqual(expect.arrayContaining(old));
  });
});
