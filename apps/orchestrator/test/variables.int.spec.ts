import { type ApiClient, ApiError, endpoints } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataSource } from "typeorm";
import { VariableFreezer } from "../src/variables/variable-freezer.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";

const signal = AbortSignal.timeout(60_000);
const app = { organisation: "main", project: "main", app: "shop" };
const target = { ...app, environment: "production" };

let orchestrator: TestOrchestrator;
let admin: ApiClient;
beforeAll(async () => {
  orchestrator = await startOrchestrator();
  admin = orchestrator.client(orchestrator.tokens.admin);
  await admin.call(endpoints.apps.put, { parameters: app, signal });
});
afterAll(() => orchestrator[Symbol.asyncDispose]());

const change = (body: object, parameters = target) =>
  admin.call(endpoints.variables.change, { parameters, body, signal });
const list = (parameters = target) => admin.call(endpoints.variables.list, { parameters, signal });

async function ids(): Promise<{ appId: string; environmentId: string; configVersion: number }> {
  const [row] = await orchestrator.app
    .get(DataSource)
    .query("select * from targets join apps on apps.id = app_id where name = 'shop'");
  return {
    appId: row.app_id,
    environmentId: row.environment_id,
    configVersion: Number(row.config_version),
  };
}

describe("variables", () => {
  it("are set and unset; a secret's value is never given back", async () => {
    await change({ set: { COLOUR: { value: "red" }, TOKEN: { value: "hunter2", secret: true } } });
    expect((await list()).items).toMatchObject([
      { name: "COLOUR", secret: false, value: "red" },
      { name: "TOKEN", secret: true },
    ]);
    expect(JSON.stringify(await list())).not.toContain("hunter2");
    await change({ set: { COLOUR: { value: "blue", secret: true } }, unset: ["TOKEN", "NOTHING"] });
    expect((await list()).items).toMatchObject([{ name: "COLOUR", secret: true }]);
  });

  it("lie in the database sealed when they are secret, in no other form", async () => {
    await change({ set: { PASSWORD: { value: "correct horse", secret: true } } });
    const rows = await orchestrator.app
      .get(DataSource)
      .query("select name, value, encode(sealed, 'escape') as sealed, key_id from variables");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain("correct horse");
    expect(orchestrator.log.join("")).not.toContain("correct horse");
  });

  it("count a version up when something changed, and not otherwise", async () => {
    await change({ set: { A: { value: "1" } } });
    const { configVersion } = await ids();
    await change({ set: { A: { value: "1" } } });
    expect((await ids()).configVersion).toBe(configVersion);
    await change({ set: { A: { value: "2" } } });
    expect((await ids()).configVersion).toBe(configVersion + 1);
  });

  it("changed at the same time all arrive", async () => {
    const names = Array.from({ length: 8 }, (_, i) => `PARALLEL_${i}`);
    const before = (await ids()).configVersion;
    await Promise.all(names.map((name) => change({ set: { [name]: { value: name } } })));
    const listed = (await list()).items.map(({ name }) => name);
    expect(names.filter((name) => !listed.includes(name))).toEqual([]);
    expect((await ids()).configVersion).toBe(before + names.length);
  });

  it("make the environment that they are for", async () => {
    const staging = { ...target, environment: "staging" };
    await expect(list(staging)).rejects.toThrow(ApiError);
    await change({ set: { A: { value: "staging" } } }, staging);
    expect((await list(staging)).items).toMatchObject([{ name: "A", value: "staging" }]);
  });

  it.each([
    [{ set: { PORT: { value: "80" } } }, "PORT and HOST are set by the platform"],
    [{ set: { "A-B": { value: "1" } } }, "letters, digits and _"],
    [{ set: { A: { value: "x".repeat(40_000) } } }, "32768"],
    [{ set: { A: { value: "1" } }, unset: ["A"] }, "A: set it or unset it"],
    [{ sett: {} }, "sett"],
  ])("refuse %j", async (body, why) => {
    await expect(change(body)).rejects.toThrow(why);
  });

  it("are all or nothing: too many of them leave what was there", async () => {
    const before = await list();
    const set = Object.fromEntries(
      Array.from({ length: 501 }, (_, i) => [`MANY_${i}`, { value: "" }]),
    );
    await expect(change({ set })).rejects.toThrow("the limit is 500");
    expect(await list()).toEqual(before);
  });
});

describe("frozen variables", () => {
  it("are what they were, whatever is changed later, and of this target only", async () => {
    await change({
      set: { FROZEN: { value: "frozen-value", secret: true }, OPEN: { value: "x" } },
    });
    const freezer = orchestrator.app.get(VariableFreezer);
    const { appId, environmentId } = await ids();
    const frozen = await freezer.freeze({ appId, environmentId });
    await change({ set: { FROZEN: { value: "later-value", secret: true } } });
    const thawed = freezer.thaw({ appId, environmentId }, frozen.variables);
    expect(thawed).toMatchObject({ FROZEN: "frozen-value", OPEN: "x" });
    expect(JSON.stringify(frozen)).not.toContain("frozen-value");
    const other = { appId: environmentId, environmentId };
    expect(() => freezer.thaw(other, frozen.variables)).toThrow("moved to another place");
    expect(await freezer.plain({ appId, environmentId })).not.toHaveProperty("FROZEN");
  });

  it("cannot be changed before the release that has them is there", async () => {
    const database = orchestrator.app.get(DataSource);
    const freezer = orchestrator.app.get(VariableFreezer);
    const shop = await ids();
    let isChanged = false;
    let changing: Promise<unknown> = Promise.resolve();
    await database.transaction(async (manager) => {
      await freezer.freeze(shop, manager);
      changing = change({ set: { RACE: { value: "1", secret: false } } }).then(
        () => (isChanged = true),
      );
      const waiting = async () =>
        database.query("select 1 from pg_locks where not granted limit 1");
      await expect.poll(waiting, { timeout: 30_000 }).toHaveLength(1);
      expect(isChanged).toBe(false);
    });
    await changing;
    expect(isChanged).toBe(true);
  });
});
