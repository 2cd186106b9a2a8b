import { DeploymentEvent, endpoints, uuidv7 } from "@bastide/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
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

describe("routes", () => {
  it("follow a crash and its repair at once, without a deployment", async () => {
    const shop = await app();
    await shop.deploy();
    const [victim = ""] = shop.routed();
    node.crash(victim);
    await until("it left the table", () => !shop.routed().includes(victim));
    expect(shop.routed()).toHaveLength(1);
    node.ready(victim);
    await until("it is back", () => shop.routed().includes(victim));
  });

  it("lead the platform's host to the orchestrator", () => {
    const { port } = platform.orchestrator.config.listen;
    for (const path of ["/", "/v1"])
      expect(gateway.table.get(`route/bastide.localhost${path}`)).toMatchObject({
        owner: "platform",
        upstreams: [{ host: "127.0.0.1", port }],
      });
  });
});

describe("deleting an app", () => {
  it("takes its route away, then stops its instances, also across a restart", async () => {
    const shop = await app();
    await shop.deploy();
    const serving = shop.routed();
    gateway.busy = serving;
    await shop.admin.call(endpoints.apps.delete, { parameters: shop.names, signal });
    await until("the route is gone", () => !gateway.table.has(`route/${shop.host}/`));
    await platform.orchestrator.restart();
    gateway.busy = [];
    gateway.reportAgain();
    await until("all is stopped", () => serving.every((id) => node.stopped.includes(id)));
    expect(node.stopped).toEqual(expect.arrayContaining(serving));
  });

  it("is answered when every gateway has taken the table without it, and no sooner", async () => {
    const shop = await app();
    await shop.deploy();
    const taken = Promise.withResolvers<void>();
    gateway.held = taken.promise;
    const seen: string[] = [];
    const deleting = shop.admin
      .call(endpoints.apps.delete, { parameters: shop.names, signal })
      .then(({ inForce }) => {
        seen.push(gateway.table.has(`route/${shop.host}/`) ? "too soon" : "in time");
        return inForce;
      });
    try {
      await until("it is recorded", async () => {
        const rows = await platform.query("select 1 from apps where name = $1", [shop.name]);
        return Array.isArray(rows) && rows.length === 0;
      });
      await until("the gateway was told", () => gateway.isHolding);
      // What is asked after the deletion was recorded is answered before the deletion is.
      await expect(shop.instances()).rejects.toThrow(/there is no app/);
      expect(seen).toEqual([]);
    } finally {
      taken.resolve();
    }
    expect([await deleting, seen]).toEqual([true, ["in time"]]);
  });
});

describe("deleting an app in the middle of a build", () => {
  it("gives the build up, and ends the streams of those who follow it", async () => {
    const shop = await app();
    const given = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    node.build = () => given.promise;
    const deployment = await shop.start();
    await shop.phase(deployment, "building");
    const following = (async () => {
      const events = shop.admin.events(endpoints.deployments.events, DeploymentEvent, {
        parameters: { ...shop.target, deployment: deployment.id },
        signal,
      });
      for await (const event of events) if (event.type === "deployment") began.resolve();
    })();
    await began.promise;
    await shop.admin.call(endpoints.apps.delete, { parameters: shop.names, signal });
    await following;
    const running = () =>
      platform.query("select 1 from graphile_worker.jobs where locked_by is not null");
    await expect.poll(running, { timeout: 30_000 }).toEqual([]);
    given.resolve();
  });
});

describe("bricks' instances", () => {
  it("are given to the node like any instance, the gateway with its token in a file", () => {
    const spec = [...node.specs.values()].find((each) => each.app === "gateway");
    expect(spec).toMatchObject({
      artefact: { kind: "installed", brick: "gateway" },
      listens: 8080,
      environmentVariables: { BASTIDE_GATEWAY: "n1" },
      files: { token: expect.any(String) },
    });
  });
});

describe("a brick whose description changed", () => {
  it("is replaced: the old one is stopped first, since the new one has its port", async () => {
    const gateways = () => [...node.specs.values()].filter((each) => each.app === "gateway");
    const [old] = gateways();
    if (!old) throw new Error("there is no gateway");
    await platform.query("update instances set revision = 'older' where service = 'gateway'");
    await until("another one runs", () => gateways().some(({ id }) => id !== old.id));
    expect(node.stopped).toContain(old.id);
    expect(gateways()).toHaveLength(1);
  });
});

describe("an instance that only its node knows", () => {
  it("is stopped when it was removed here, and left alone when it was never ours", async () => {
    const shop = await app();
    await shop.deploy();
    const [removed = ""] = shop.routed();
    await shop.deploy();
    await until("it is removed", () => node.stopped.includes(removed));
    const { version, stranger } = { version: node.version, stranger: uuidv7() };
    if (!version) throw new Error("the node has no version");
    await platform.orchestrator
      .client(platform.orchestrator.tokens.node("n1"))
      .call(endpoints.nodes.acknowledge, {
        parameters: { node: "n1" },
        body: {
          version,
          report: null,
          unmentioned: [`instance/${removed}`, `instance/${stranger}`],
        },
        signal,
      });
    await until("it is dismissed", () => node.tombstones.includes(removed));
    expect(node.tombstones).not.toContain(stranger);
  });
});

it("stopped no instance, in any of this, while the gateway still used it", () => {
  expect(node.stopped.length).toBeGreaterThan(0);
  expect(platform.violations).toEqual([]);
});
