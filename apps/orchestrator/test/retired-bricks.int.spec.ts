import { type ApiClient, endpoints, HaEvent, type HaStatus, uuidv7 } from "@bastide/contracts";
import { DataSource } from "typeorm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTROL_MODULES } from "../src/control-modules.ts";
import { InstanceRow } from "../src/instances/instance.row.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";
import { signal, until } from "./platform.ts";
import { TestNode } from "./test-node.ts";

let orchestrator: TestOrchestrator;
let node: TestNode;
beforeAll(async () => {
  orchestrator = await startOrchestrator(CONTROL_MODULES);
  node = await TestNode.start(() => orchestrator.client(orchestrator.tokens.node("n1")));
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await orchestrator[Symbol.asyncDispose]();
});

const admin = (): ApiClient => orchestrator.client(orchestrator.tokens.admin);
const database = (): DataSource => orchestrator.app.get(DataSource);

async function status(name: string): Promise<HaStatus | undefined> {
  const { items } = await admin().call(endpoints.ha.list, { signal });
  return items.find((one) => one.name === name);
}

const said = async (service: string, what: RegExp): Promise<boolean> => {
  const events = admin().events(endpoints.ha.events, HaEvent, { signal });
  for await (const event of events)
    if (event.service === service && what.test(event.what)) return true;
  return false;
};

const report = (state: "started" | "stopped"): Promise<unknown> =>
  orchestrator.client(orchestrator.tokens.node("n1")).call(endpoints.nodes.haReport, {
    parameters: { node: "n1" },
    body: {
      incarnation: 1,
      sequence: state === "started" ? 1 : 2,
      services: [{ name: "abacus", resources: { program: state } }],
      version: node.group?.intents.version ?? 0,
    },
    signal,
  });

/** As the version before left it: started, with a brick that is in no list of ours. */
describe("a brick that the platform has no more", () => {
  it("is said to be stopped to the guards of its candidates, and shown as long as it runs", async () => {
    await database().query(
      `insert into ha_services (name, desired, before_freeze, intent_id, version, candidates)
       values ('abacus', '{"kind":"started"}', null, 'before', nextval('ha_intent_versions'), '["n1"]')`,
    );
    await until("n1 is told", () => node.group?.intents.intents["abacus"]);
    await report("started");
    await until("it is to be stopped", () => {
      const intent = node.group?.intents.intents["abacus"];
      return intent?.desired.kind === "stopped" && intent.id !== "before";
    });
    expect(node.group?.services.map(({ name }) => name)).not.toContain("abacus");
    expect(await said("abacus", /has it no more/)).toBe(true);
    expect(await status("abacus")).toMatchObject({
      desired: { kind: "stopped" },
      instances: [{ node: "n1", state: "started" }],
    });
    await report("stopped");
    expect(await status("abacus")).toBeUndefined();
  });

  it("has its instances stopped by their agents, and is shown until they are", async () => {
    const rows = database().getRepository(InstanceRow);
    const row = rows.create({
      id: uuidv7(),
      appId: null,
      environmentId: null,
      releaseId: null,
      generation: null,
      service: "lantern",
      revision: "1",
      process: "lantern",
      node: "n1",
      desired: "running",
      drainingAt: null,
      drainSeconds: null,
      observed: null,
      createdAt: new Date(),
      removedAt: null,
    });
    await rows.insert(row);
    await until("its node is told to stop it", () => node.tombstones.includes(row.id));
    expect(await said("lantern", /has it no more/)).toBe(true);
    await until("it is removed", async () => (await rows.findOneBy({ id: row.id }))?.removedAt);
  });
});
