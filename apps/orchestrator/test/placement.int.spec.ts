import {
  type Deployment,
  endpoints,
  type NodePlace,
  type PlacementSettings,
  type ProcessPlacement,
  Quota,
} from "@bastide/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DataSource } from "typeorm";
import { TargetRow } from "../src/apps/target.row.ts";
import { TargetsService } from "../src/apps/targets.service.ts";
import { InstanceRegistry } from "../src/instances/instance-registry.ts";
import { NodeDirectory } from "../src/nodes/node-directory.ts";
import { OrganisationsService } from "../src/organisations/organisations.service.ts";
import { LiveFleet } from "../src/placement/live-fleet.ts";
import { PlacementStore } from "../src/placement/placement-store.ts";
import { PlacementViews } from "../src/placement/placement-views.ts";
import { ReleaseProcesses } from "../src/releases/release-processes.ts";
import { type FoundPlaces, Placement } from "../src/placement/placement.ts";
import { idsOf, keyOf, type TargetKey } from "../src/targets/target.ts";
import { TargetFinder } from "../src/targets/target-finder.ts";
import { TestNode } from "./test-node.ts";
import { signal, type TestApp, TestPlatform, until } from "./platform.ts";

const FRENCH: NodePlace = { country: ["FR"], operator_law: ["eu"], labels: { tier: "gold" } };
const AMERICAN: NodePlace = { country: ["US"], operator_law: ["eu", "us-cloud-act"] };
/** Without limits of its own. */
const NO_RELEASE = "00000000-0000-7000-8000-000000000000";
const NOT_UNDER_US_LAW = `reject if operator_law("us-cloud-act");`;

let platform: TestPlatform;
let n2: TestNode;
let n3: TestNode;
beforeAll(async () => {
  platform = await TestPlatform.start();
  const { orchestrator } = platform;
  const start = (name: string): Promise<TestNode> =>
    TestNode.start(() => orchestrator.client(orchestrator.tokens.node(name)), name);
  [n2, n3] = [await start("n2"), await start("n3")];
  for (const node of [n2, n3]) node.onStop = platform.node.onStop;
});
beforeEach(async () => {
  platform.calm();
  await place("n1", FRENCH);
  await place("n2", FRENCH);
  await place("n3", AMERICAN);
});
afterAll(async () => {
  await n2[Symbol.asyncDispose]();
  await n3[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

const place = (node: string, body: NodePlace): Promise<unknown> =>
  platform.admin.call(endpoints.nodes.place, { parameters: { node }, body, signal });

const settle = (app: TestApp, body: PlacementSettings): Promise<unknown> =>
  platform.admin.call(endpoints.placement.set, { parameters: app.target, body, signal });

const limit = (body: Quota): Promise<unknown> =>
  platform.admin.call(endpoints.placement.setQuota, {
    parameters: { organisation: "main" },
    body,
    signal,
  });

async function explained(app: TestApp): Promise<ProcessPlacement> {
  const { items } = await platform.admin.call(endpoints.placement.explain, {
    parameters: app.target,
    signal,
  });
  const [web] = items.filter(({ process }) => process === "web");
  if (!web) throw new Error("there is no web");
  return web;
}

const codesOf = ({ nodes }: ProcessPlacement): Record<string, string[]> =>
  Object.fromEntries(nodes.map(({ node, refusals }) => [node, refusals.map(({ code }) => code)]));

const nodesOf = async (app: TestApp): Promise<string[]> =>
  (await app.instances()).map(({ node }) => node).toSorted();

const scale = async (app: TestApp, web: number): Promise<Deployment> =>
  app.ended(
    await platform.admin.call(endpoints.deployments.scale, {
      parameters: app.target,
      body: { web },
      signal,
    }),
  );

/** Places for one more `web` of what serves. */
async function placesFor(app: TestApp): Promise<FoundPlaces> {
  const { orchestrator } = platform;
  const ids = await orchestrator.app.get(TargetFinder).byNames(app.target);
  const found = await orchestrator.app
    .get(DataSource)
    .getRepository(TargetRow)
    .findOneByOrFail({ appId: ids.appId, environmentId: ids.environmentId });
  const { places, release } = await orchestrator.app.get(Placement).place(keyOf(ids), [
    {
      process: "web",
      generation: found.generation ?? "",
      release: found.currentReleaseId ?? "",
      count: 1,
    },
  ]);
  release();
  const [first] = places;
  if (!first) throw new Error("nothing was answered");
  return first;
}

async function keyOfApp({ target }: TestApp): Promise<TargetKey> {
  return keyOf(await platform.orchestrator.app.get(TargetFinder).byNames(target));
}

describe("a policy", () => {
  it("keeps instances off a node by the law that binds its operator, however many there are", async () => {
    const shop = await platform.app();
    await settle(shop, { policy: NOT_UNDER_US_LAW });
    await shop.deploy();
    await scale(shop, 6);
    expect(await nodesOf(shop)).toEqual(["n1", "n1", "n1", "n2", "n2", "n2"]);
    const web = await explained(shop);
    expect(codesOf(web)).toEqual({ n1: [], n2: [], n3: ["policy"] });
    expect(web.nodes[2]?.refusals[0]?.fact).toContain("operator_law is eu and us-cloud-act");
  });

  it("that is said later moves what breaks it: others are ready before anything stops", async () => {
    const shop = await platform.app();
    await shop.deploy();
    await scale(shop, 3);
    expect(await nodesOf(shop)).toEqual(["n1", "n2", "n3"]);
    await settle(shop, { policy: NOT_UNDER_US_LAW });
    await until("none is left there", async () => !(await nodesOf(shop)).includes("n3"));
    await until("three serve", () => shop.routed().length === 3);
  });

  it("holds when a node is said to be under another law", async () => {
    const shop = await platform.app();
    await settle(shop, { policy: NOT_UNDER_US_LAW });
    await shop.deploy();
    expect(await nodesOf(shop)).toEqual(["n1", "n2"]);
    await place("n2", AMERICAN);
    await until("all moved", async () => {
      const nodes = await nodesOf(shop);
      return nodes.length === 2 && nodes.every((node) => node === "n1");
    });
  });

  it("that no node keeps fails the deployment with the reasons of each, and what serves goes on", async () => {
    const shop = await platform.app();
    await shop.deploy();
    const serving = shop.routed().toSorted();
    await place("n1", { labels: { tier: "gold" } });
    await settle(shop, {});
    const strict = await platform.app();
    await settle(strict, { policy: `check if country("FR"); check if memory_encryption($kind);` });
    const failed = await strict.ended(await strict.start());
    expect(failed).toMatchObject({ phase: "failed", failure: { code: "no-node-fits" } });
    expect(failed.failure?.message).toContain(
      'n1: the policy asks for country, which is not said; n2: policy `check if memory_encryption($kind)` failed: memory_encryption is not said; n3: policy `check if country("FR")` failed: country is US',
    );
    expect(await strict.instances()).toEqual([]);
    expect(shop.routed().toSorted()).toEqual(serving);
  });

  it("that doesn't parse is refused with its line, its column and a caret, and nothing is recorded", async () => {
    const shop = await platform.app();
    await settle(shop, { policy: NOT_UNDER_US_LAW });
    const policy = `check if country("FR");\ncheck if contry($c), [;`;
    const problem = await settle(shop, { policy }).catch((error: unknown) => error);
    expect(problem).toMatchObject({
      problem: {
        code: "invalid-request",
        errors: [
          { path: "body.policy", line: 2, column: 23, excerpt: expect.stringMatching(/\^$/) },
        ],
      },
    });
    const recorded = await platform.admin.call(endpoints.placement.settings, {
      parameters: shop.target,
      signal,
    });
    expect(recorded).toEqual({ policy: NOT_UNDER_US_LAW });
  });
});

/** What a start of the control plane would read. */
async function storeAnew(): Promise<PlacementStore> {
  const { app } = platform.orchestrator;
  const store = new PlacementStore(
    app.get(DataSource),
    app.get(TargetsService),
    app.get(OrganisationsService),
  );
  await store.load();
  return store;
}

describe("affinities that no node could ever meet", () => {
  it("are refused with the two that contradict, whichever of them is said last, and nothing is recorded", async () => {
    const [shop, cache] = [await platform.app(), await platform.app()];
    const [a, b] = [shop.target.app, cache.target.app];
    const to = (app: string, kind: "with" | "apart") => ({
      affinities: [{ kind, app, process: "web", hard: true }],
    });
    await expect(settle(shop, to(a, "with"))).rejects.toThrow(/which is itself/);
    await settle(shop, to(b, "with"));
    await expect(settle(cache, to(a, "apart"))).rejects.toThrow(
      `no node could run ${a} then: ${a} has to be with ${b}, and ${b} is kept apart from ${a}`,
    );
    await expect(settle(cache, to(a, "with"))).rejects.toThrow(/none could be the first/);
    const said = { parameters: cache.target, signal };
    expect(await platform.admin.call(endpoints.placement.settings, said)).toEqual({});
    await settle(shop, {});
    await settle(cache, to(a, "apart"));
  });
});

describe("settings that this version doesn't understand", () => {
  it("let their own app go nowhere, and stop no other", async () => {
    const [odd, shop] = [await platform.app(), await platform.app()];
    for (const app of [odd, shop]) await settle(app, { labels: { tier: "gold" } });
    await platform.query(
      `update placement_settings set settings = '{"moon": true}' where app_id = (select id from apps where name = $1)`,
      [odd.name],
    );
    const store = await storeAnew();
    expect(store.of(idsOf(await keyOfApp(odd)))).toEqual({ policy: "deny if true;" });
    expect(store.of(idsOf(await keyOfApp(shop)))).toEqual({ labels: { tier: "gold" } });
  });
});

describe("a quota that this version doesn't understand", () => {
  it("leaves its own organisation no room, and stops no other", async () => {
    await platform.admin.call(endpoints.organisations.create, { body: { name: "odd" }, signal });
    for (const [organisation, body] of [
      ["odd", { instances: 7 }],
      ["main", {}],
    ] as const)
      await platform.admin.call(endpoints.placement.setQuota, {
        parameters: { organisation },
        body,
        signal,
      });
    await platform.query(
      `update placement_quotas set quota = '{"moons": 1}' where organisation_id = (select id from organisations where name = 'odd')`,
    );
    const { quotas } = await storeAnew();
    expect(quotas.get("odd")).toEqual({ instances: 0, memoryMb: 0, cpus: 0 });
    expect(quotas.get("main")).toEqual({});
  });
});

describe("an update that has no place", () => {
  it("fails, and the release before it is left as it is", async () => {
    const shop = await platform.app();
    await settle(shop, { reserve: { memoryMb: 300 } });
    await shop.deploy();
    const before = await nodesOf(shop);
    const ids = shop.routed().toSorted();
    await settle(shop, { reserve: { memoryMb: 900 } });
    const failed = await shop.ended(await shop.start());
    expect(failed.failure).toMatchObject({ code: "no-node-fits" });
    expect(failed.failure?.message).toMatch(/needs 900 MiB, has/);
    expect(failed.failure?.message).toContain("bastide placement explain");
    expect(await nodesOf(shop)).toEqual(before);
    expect(shop.routed().toSorted()).toEqual(ids);
    await settle(shop, {});
  });
});

describe("a quota", () => {
  it("refuses what goes beyond it, and not an update of what fills it", async () => {
    const shop = await platform.app();
    await shop.deploy();
    const { length } = (await platform.query(
      "select 1 from instances where removed_at is null and app_id is not null and desired = 'running'",
    )) as unknown[];
    await limit({ instances: length });
    try {
      await shop.deploy();
      const refused = await scale(shop, 3);
      expect(refused.failure).toMatchObject({ code: "quota-exceeded" });
      expect(refused.failure?.message).toContain(`of ${length} instances`);
      expect(await nodesOf(shop)).toHaveLength(2);
      expect((await explained(shop)).refusals).toMatchObject([{ code: "quota-instances" }]);
    } finally {
      await limit({});
    }
  });
});

describe("a quota of memory", () => {
  it("counts the limit that binds an instance, however little room is asked for", async () => {
    const shop = await platform.app();
    await settle(shop, { reserve: { memoryMb: 1 } });
    await shop.deploy();
    await limit({ memoryMb: 1_000 });
    try {
      const refused = await scale(shop, 3);
      expect(refused.failure).toMatchObject({ code: "quota-exceeded" });
      expect(refused.failure?.message).toMatch(/of 1000 MiB, and this needs 512 more/);
    } finally {
      await limit({});
    }
  });
});

describe("two decisions at a time", () => {
  it("never use the same room: what has a place counts before it is recorded", async () => {
    const shop = await platform.app();
    await settle(shop, { spread: [{ over: "host", most: 1 }], labels: { tier: "gold" } });
    const placement = platform.orchestrator.app.get(Placement);
    const key = await keyOfApp(shop);
    const ask = () =>
      placement.place(key, [{ process: "web", generation: "g", release: NO_RELEASE, count: 1 }]);
    const asked = await Promise.all([ask(), ask(), ask()]);
    const found = asked.flatMap(({ places }) => places);
    expect(found.flatMap(({ nodes }) => nodes).toSorted()).toEqual(["n1", "n2"]);
    expect(found.filter(({ unplaced }) => unplaced?.missing === 1)).toHaveLength(1);
    for (const { release } of asked) release();
    const last = await ask();
    expect(last.places[0]?.nodes).toHaveLength(1);
    last.release();
  });

  it("are counted against each other where they are the first of their apps", async () => {
    const keys: TargetKey[] = [];
    for (const app of [await platform.app(), await platform.app()]) {
      await settle(app, { labels: { tier: "gold" } });
      keys.push(await keyOfApp(app));
    }
    const { length } = (await platform.query(
      "select 1 from instances where removed_at is null and app_id is not null",
    )) as unknown[];
    await limit({ instances: length + 2 });
    try {
      const placement = platform.orchestrator.app.get(Placement);
      const asked = await Promise.all(
        keys.map((key) =>
          placement.place(key, [
            { process: "web", generation: "g", release: NO_RELEASE, count: 2 },
          ]),
        ),
      );
      expect(asked.flatMap(({ places }) => places).flatMap(({ nodes }) => nodes)).toHaveLength(2);
      for (const { release } of asked) release();
    } finally {
      await limit({});
    }
  });
});

describe("the fleet in memory", () => {
  it("is what one made anew of what is on record would be", async () => {
    const { app } = platform.orchestrator;
    const [database, releases] = [app.get(DataSource), app.get(ReleaseProcesses)];
    const [registry, finder] = [app.get(InstanceRegistry), app.get(TargetFinder)];
    const anew = new LiveFleet(
      registry,
      app.get(NodeDirectory),
      finder,
      await storeAnew(),
      releases,
    );
    const views = new PlacementViews(database, anew, releases);
    for (const key of new Set(registry.targets())) {
      const target = await finder.byIds(idsOf(key));
      if (!target) continue;
      expect(await app.get(PlacementViews).explain(target)).toEqual(await views.explain(target));
    }
  });
});

describe("a node that is lost", () => {
  it("leaves what has no other place waiting, and it is placed when a node comes that may run it", async () => {
    const shop = await platform.app();
    await settle(shop, { labels: { tier: "gold" }, spread: [{ over: "host", most: 1 }] });
    await shop.deploy();
    expect(await nodesOf(shop)).toEqual(["n1", "n2"]);
    await n2.vanish();
    await until("one serves", () => shop.routed().length === 1);
    await until("it is lost", async () => codesOf(await explained(shop))["n2"]?.includes("lost"));
    expect(codesOf(await explained(shop))).toEqual({
      n1: ["spread"],
      n2: ["lost"],
      n3: ["labels"],
    });
    // What was on the lost node is not asked for a second time by what is asked for in its place.
    expect((await placesFor(shop)).unplaced?.missing).toBe(1);
    await place("n3", FRENCH);
    await until("two serve", () => shop.routed().length === 2);
    expect((await shop.instances()).map(({ node }) => node)).toContain("n3");
    await n2.comeBack();
    await until("the surplus is gone", async () => (await shop.instances()).length === 2);
  });
});

describe("a proposal", () => {
  it("names moves off the fullest node, and moves nothing", async () => {
    for (const node of ["n2", "n3"])
      await platform.admin.call(endpoints.nodes.cordon, { parameters: { node }, signal });
    const heavy = await platform.app();
    await settle(heavy, { reserve: { memoryMb: 150 } });
    await heavy.deploy();
    for (const node of ["n2", "n3"])
      await platform.admin.call(endpoints.nodes.uncordon, { parameters: { node }, signal });
    const { items } = await platform.admin.call(endpoints.placement.propose, { signal });
    for (const { gain } of items) expect(gain).toBeGreaterThanOrEqual(0.05);
    expect(items.filter(({ app, from }) => app === heavy.name && from === "n1")).not.toEqual([]);
    // app1 is under the policy of the first test, and n3 under the law that it forbids.
    expect(items.filter(({ app, to }) => app === "app1" && to === "n3")).toEqual([]);
    expect(await nodesOf(heavy)).toEqual(["n1", "n1"]);
  });
});

it("nothing was stopped while a gateway still used it", () => {
  expect(platform.violations).toEqual([]);
});

it("a decision asks the database for nothing when nothing of placement was said since the last one", async () => {
  const shop = await platform.app();
  await settle(shop, { labels: { tier: "gold" } });
  await shop.deploy();
  const placement = platform.orchestrator.app.get(Placement);
  const key = await keyOfApp(shop);
  const { currentReleaseId } = await platform.orchestrator.app
    .get(DataSource)
    .getRepository(TargetRow)
    .findOneByOrFail(idsOf(key));
  const release = currentReleaseId ?? "";
  const ask = () => placement.place(key, [{ process: "web", generation: "g", release, count: 2 }]);
  (await ask()).release();
  await platform.orchestrator.postgres.crash();
  try {
    const { places, release: done } = await ask();
    done();
    expect(places[0]?.nodes.toSorted()).toEqual(["n1", "n2"]);
    expect([...(await placement.unsuited(key, ["n1", "n3"]))]).toEqual(["n3"]);
  } finally {
    await platform.orchestrator.postgres.start();
  }
});
