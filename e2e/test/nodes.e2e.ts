import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Node } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failed, Guide, ManyNodes, Platform, until } from "../src/index.ts";

const APP = "shop";

let platform: Platform;
let many: ManyNodes;
/** What docs/many-nodes.md tells to type for a walk of five minutes: this platform is the one that it starts. */
let guide: Guide;
let walked: string;
beforeAll(async () => {
  platform = await Platform.prepare();
  const { home, port, httpsPort } = platform;
  const replace = new Map([
    ["bastide up", `bastide up --port ${port} --https-port ${httpsPort}`],
    ["localhost:8080", `localhost:${port}`],
  ]);
  guide = new Guide("docs/many-nodes.md", { home, replace });
  walked = await guide.type("failover");
  many = new ManyNodes(platform, APP);
});
afterAll(() => platform.destroy());

/** The lines of a table in which something is said of this node. */
const rowsOf = (table: string, node: string): string[] =>
  table.split("\n").filter((row) => new RegExp(`(?<![\\w-])${node}(?![\\w-])`).test(row));

const agentOf = (name: string): number =>
  Number(readFileSync(join(many.platform.home, `run/agent-${name}.pid`), "utf8").split(" ")[0]);

/** When a process started, by its directory in /proc; milliseconds. */
const startOf = (pid: number): number => statSync(`/proc/${pid}`).ctimeMs;

describe("three nodes on one machine", () => {
  it("are what the guide's walk starts, with two instances on two of them", async () => {
    const nodes = await many.nodes();
    const names = nodes.map(({ name }) => name);
    const own = nodes.find(({ joinedAt }) => joinedAt === undefined)?.name ?? "";
    expect(names.toSorted()).toEqual([own, `${own}-2`, `${own}-3`]);
    for (const name of names)
      expect(rowsOf(walked, name)).toContainEqual(expect.stringMatching(`^${name} +ready `));
    const [, shown = ""] = walked.split(/^PROCESS .*NODE.*$/m);
    const ready = names.flatMap((name) =>
      rowsOf(shown, name).filter((row) => /^web +\S+ +v1 +ready /.test(row)),
    );
    expect(ready).toHaveLength(2);
  });

  it("are listed by status, and each further one has joined", async () => {
    const { nodes } = await many.platform.json<{ nodes: Node[] }>(["status"]);
    expect(nodes.map(({ liveness }) => liveness)).toEqual(["alive", "alive", "alive"]);
    expect(nodes.filter(({ joinedAt }) => joinedAt !== undefined)).toHaveLength(2);
  });

  it("have an app's instances on two of them, and answer for it", async () => {
    const [one, other] = await many.serving();
    expect(one?.node).not.toBe(other?.node);
    for (let i = 0; i < 10; i++) expect((await many.platform.fetch(APP)).status).toBe(200);
  });
});

describe("a node whose plug is pulled, as the guide's walk tells", () => {
  /** The guide's loop, in another terminal; what the work was done under. */
  async function watched(work: () => Promise<unknown>): Promise<string[]> {
    await using loop = guide.follow(guide.lines("requests").join("\n"));
    await until("the loop answers", () => loop.text.length > 0);
    await work();
    const before = loop.text.length;
    await until("it goes on", () => loop.text.length > before);
    return loop.text.trim().split(" ");
  }

  it("costs no idempotent request on the living nodes, and its instance runs elsewhere within seconds", async () => {
    await many.settled();
    const { node } = await many.victim();
    const here = guide.with(new Map([["server-3", node]]));
    let answers: string[] = [];
    const samples = await many.underLoad(async () => {
      answers = await watched(async () => {
        const said = await here.type("unplug");
        // A gateway may have run there as well.
        expect(said).toMatch(
          new RegExp(`${node} is off: its agent and [12] instances were killed`),
        );
        expect(rowsOf(said, node)).toContainEqual(expect.stringMatching(/^web /));
        await many.livenessIs(node, "suspected");
        await many.livenessIs(node, "lost");
        await expect.poll(async () => (await many.serving()).length, { timeout: 30_000 }).toBe(2);
      });
    });
    expect(new Set(answers)).toEqual(new Set(["200"]));
    // An answer that had begun on the dead node cannot be given again.
    const cut = samples.filter((sample) => failed(sample) && sample.begun);
    expect(samples.filter((sample) => failed(sample) && !sample.begun)).toEqual([]);
    expect(cut.length).toBeLessThan(5);
    expect((await many.serving()).map((instance) => instance.node)).not.toContain(node);
  });

  it("is a node again when it is plugged in, and what is one too many leaves", async () => {
    const gone = (await many.nodes()).find(({ liveness }) => liveness === "lost")?.name ?? "";
    const here = guide.with(new Map([["server-3", gone]]));
    const [plug = "", list = ""] = here.lines("plug");
    expect(await here.run(plug)).toContain(`${gone} is plugged in`);
    await until(`${gone} is ready`, async () =>
      new RegExp(`^${gone} +ready `, "m").test(await here.run(list)),
    );
    await many.settled();
    expect(await many.instances()).toHaveLength(2);
  });
});

describe("a node that is drained, as the guide tells", () => {
  it("ends with no app, without a failed request", async () => {
    await many.settled();
    const { node } = await many.victim();
    const here = guide.with(new Map([["server-2", node]]));
    const samples = await many.underLoad(() => here.type("drain"));
    expect(samples.filter(failed)).toEqual([]);
    expect((await many.serving()).map((instance) => instance.node)).not.toContain(node);
    await many.must("node", "uncordon", node);
  });
});

describe("a node whose agent stands still for a while", () => {
  it("is given up, and when it is back nothing that it runs was restarted", async () => {
    await many.settled();
    const { node, observed, id } = await many.victim();
    const agent = agentOf(node);
    process.kill(agent, "SIGSTOP");
    try {
      await many.livenessIs(node, "lost");
      await expect.poll(async () => (await many.serving()).length, { timeout: 30_000 }).toBe(2);
    } finally {
      process.kill(agent, "SIGCONT");
    }
    await many.livenessIs(node, "alive");
    await many.settled();
    const kept = (await many.instances()).find((instance) => instance.id === id);
    expect(kept?.observed?.startedAt).toBe(observed?.startedAt);
    expect(kept?.observed?.restarts).toBe(0);
  });
});

it("an agent that is killed alone is back before its instances are missed", async () => {
  await many.settled();
  const { node, observed, id } = await many.victim();
  const samples = await many.underLoad(async () => {
    const killed = agentOf(node);
    process.kill(killed, "SIGKILL");
    await until("another agent reports", async () => {
      const seen = (await many.nodes()).find(({ name }) => name === node)?.lastSeenAt ?? "";
      return agentOf(node) !== killed && Date.parse(seen) > startOf(agentOf(node));
    });
  });
  expect(samples.filter((sample) => failed(sample) && !sample.begun)).toEqual([]);
  const kept = (await many.instances()).find((instance) => instance.id === id);
  expect(kept?.observed?.startedAt).toBe(observed?.startedAt);
});
