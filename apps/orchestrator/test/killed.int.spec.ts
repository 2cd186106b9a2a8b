import { type Deployment, endpoints, hasEnded } from "@bastide/contracts";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestGateway } from "./test-gateway.ts";
import { TestNode } from "./test-node.ts";
import { OrchestratorProcess } from "./orchestrator-process.ts";

const names = { organisation: "main", project: "main", app: "shop" };
const target = { ...names, environment: "production" };
const source = `sha256:${"1".repeat(64)}`;
/** A deployment takes some 60 to 150 ms here: the kills fall into every phase of it. */
const KILLS_AFTER_MS = [3, 12, 25, 40, 60, 90];

let orchestrator: OrchestratorProcess;
let node: TestNode;
let gateway: TestGateway;
const violations: string[] = [];

beforeAll(async () => {
  orchestrator = await OrchestratorProcess.prepare();
  await orchestrator.start();
  const { tokens } = orchestrator;
  node = await TestNode.start(() => orchestrator.client(tokens.node("n1")));
  gateway = await TestGateway.start(() => orchestrator.client(tokens.gateway("n1")));
  node.onStop = (id) => {
    if (gateway.uses(id)) violations.push(`stopped ${id} while the gateway uses it`);
  };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
  await orchestrator[Symbol.asyncDispose]();
});

const admin = () => orchestrator.client(orchestrator.tokens.admin);
const signal = () => AbortSignal.timeout(10_000);

async function uploaded(): Promise<void> {
  const { id } = await admin().call(endpoints.apps.put, { parameters: names, signal: signal() });
  const { host, port, user } = orchestrator.postgres;
  const client = new pg.Client({ host, port, user, database: orchestrator.database });
  await client.connect();
  await client.query(
    "insert into sources (digest, app_id, size_bytes, files) values ($1, $2, 1, 1)",
    [source, id],
  );
  await client.end();
}

const start = (): Promise<Deployment> =>
  admin().call(endpoints.deployments.create, {
    parameters: target,
    body: { source, prebuilt: true },
    signal: signal(),
  });

async function ended(id: string): Promise<Deployment> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    const parameters = { ...target, deployment: id };
    const now = await admin().call(endpoints.deployments.get, { parameters, signal: signal() });
    if (hasEnded(now.phase)) return now;
    if (Date.now() > deadline) throw new Error(`${id} is still ${now.phase}`);
    await delay(10);
  }
}

const routed = (): string[] => gateway.upstreams("shop.localhost").map(({ instance }) => instance);

describe("kill -9 of the orchestrator (needs a build)", () => {
  it("never loses an accepted deployment, never cuts off what serves, at whatever moment it comes", async () => {
    await uploaded();
    expect((await ended((await start()).id)).phase).toBe("succeeded");
    for (const afterMs of KILLS_AFTER_MS) {
      const accepted = await start();
      await delay(afterMs);
      await orchestrator.kill();
      expect(routed().length).toBeGreaterThan(0);
      for (const id of routed()) expect(node.specs.has(id)).toBe(true);
      await orchestrator.start();
      expect(await ended(accepted.id)).toMatchObject({ phase: "succeeded" });
      expect(routed()).toHaveLength(2);
    }
    expect(violations).toEqual([]);
  });
}, 100_000);
