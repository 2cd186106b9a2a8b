import { type ApiClient, endpoints, type HaReport, type HaStatus } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTROL_MODULES } from "../src/control-modules.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";
import { signal, until } from "./platform.ts";
import { TestNode } from "./test-node.ts";

let orchestrator: TestOrchestrator;
const nodes = new Map<string, TestNode>();
beforeAll(async () => {
  orchestrator = await startOrchestrator(CONTROL_MODULES);
  for (const name of ["n1", "n2", "n3", "n4"]) {
    const client = () => orchestrator.client(orchestrator.tokens.node(name));
    nodes.set(name, await TestNode.start(client, name));
  }
  for (const service of ["drill", "drill-pair"]) await verb("start", service);
  await until("all are told", () => groupOf("n4")?.intents.intents["drill-pair"]);
});
afterAll(async () => {
  for (const node of nodes.values()) await node[Symbol.asyncDispose]();
  await orchestrator[Symbol.asyncDispose]();
});

const admin = (): ApiClient => orchestrator.client(orchestrator.tokens.admin);
const groupOf = (name: string) => nodes.get(name)?.group;

const verb = (name: "start" | "freeze" | "thaw", service: string): Promise<HaStatus> =>
  admin().call(endpoints.ha[name], { parameters: { service }, signal });

const remove = (node: string, force = false): Promise<unknown> =>
  admin().call(endpoints.nodes.remove, {
    parameters: { node },
    query: { force: String(force) },
    signal,
  });

let sequence = 0;
const LEASED = { name: "drill", epoch: 1, resources: { program: "started" } } as const;
const FLEXIBLE = { name: "drill-pair", resources: { program: "started" } } as const;

/** What the guard of a node says that it runs, on the intents that it was told last. */
const runs = (node: string, ...services: HaReport["services"]): Promise<unknown> =>
  orchestrator.client(orchestrator.tokens.node(node)).call(endpoints.nodes.haReport, {
    parameters: { node },
    body: {
      incarnation: 1,
      sequence: ++sequence,
      services,
      version: groupOf(node)?.intents.version ?? 0,
    },
    signal,
  });

const wantedOf = (node: string, service = "drill") =>
  groupOf(node)?.intents.intents[service]?.desired.kind;

const candidates = async (service: string): Promise<string[]> => {
  const { items } = await admin().call(endpoints.ha.list, { signal });
  return items.find(({ name }) => name === service)?.candidates ?? [];
};

describe("a node that is removed", () => {
  it("is refused while services run there: they are named, and the way to move them", async () => {
    await runs("n4", LEASED, FLEXIBLE);
    await expect(remove("n4")).rejects.toThrow(
      /still runs the service drill, the service drill-pair; .*`bastide node drain n4` first/,
    );
  });

  it("is refused while another candidate cannot say that the service is stopped", async () => {
    await runs("n4");
    await expect(remove("n4")).rejects.toThrow(/votes on the lease of drill.*n1, n2, n3 are not/);
  });

  it("is refused while the service is frozen", async () => {
    await verb("freeze", "drill");
    await expect(remove("n4")).rejects.toThrow(/`bastide ha thaw drill` first/);
    await verb("thaw", "drill");
  });

  it("is a candidate of nothing afterwards: what has a lease is stopped in between", async () => {
    for (const node of ["n2", "n3"]) await runs(node);
    await runs("n1", LEASED);
    await remove("n4");
    expect(await candidates("drill-pair")).toEqual(["n1", "n2", "n3"]);
    for (const node of ["n1", "n2", "n3"])
      await until(`${node} is told to stop`, () => wantedOf(node) === "stopped");
    expect(await candidates("drill")).toContain("n4");
    expect(groupOf("n1")?.members.map(({ name }) => name)).toEqual(["n1", "n2", "n3"]);
    await runs("n2");
    await runs("n3");
    // The one that ran it has not said that it has stopped.
    await runs("n1", { name: "drill", epoch: 1, resources: { program: "stopping" } });
    expect(await candidates("drill")).toContain("n4");
    await runs("n1");
    await until("it is wanted again", () => wantedOf("n1") === "started");
    expect(await candidates("drill")).toEqual(["n1", "n2", "n3"]);
    expect(groupOf("n1")?.services[0]?.candidates).toEqual(["n1", "n2", "n3"]);
  });

  it("by force is told to stop what it runs, and counts nowhere", async () => {
    for (const node of ["n1", "n2"]) await runs(node);
    await runs("n3", LEASED, FLEXIBLE);
    await remove("n3", true);
    await until("it is told to", () => wantedOf("n3", "drill-pair") === "stopped");
    expect(wantedOf("n3")).toBe("stopped");
    expect(wantedOf("n1", "drill-pair")).toBe("started");
    for (const node of ["n1", "n2"]) {
      await until(`${node} is told to stop`, () => wantedOf(node) === "stopped");
      await runs(node);
    }
    await until("it is wanted again", () => wantedOf("n2") === "started");
    for (const service of ["drill", "drill-pair"])
      expect(await candidates(service)).toEqual(["n1", "n2"]);
  });

  it("in the middle of whose removal the control plane ended is no candidate after its start", async () => {
    for (const node of ["n1", "n2"]) await runs(node);
    await remove("n2");
    // Its tokens are none that it was given when it joined, and would be good after a start of ours.
    await nodes.get("n2")?.vanish();
    await until("it is stopped", () => wantedOf("n1") === "stopped");
    await orchestrator.restart();
    await until("n1 follows again", () => wantedOf("n1") === "stopped");
    await runs("n1");
    await until("it is wanted again", () => wantedOf("n1") === "started");
    expect(await candidates("drill")).toEqual(["n1"]);
  });
});
