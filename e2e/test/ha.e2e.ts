import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { endpoints, HaEvent, type HaStatus, type Node } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Guide, Platform, until } from "../src/index.ts";

let platform: Platform;
let nodes: readonly Node[];
/** What docs/high-availability.md tells to type: this platform is the one that it starts. */
let guide: Guide;
let typed: string;
beforeAll(async () => {
  platform = await Platform.prepare();
  const { home, port, httpsPort } = platform;
  const ports = `--port ${port} --https-port ${httpsPort}`;
  const replace = new Map([["bastide up", `bastide up ${ports}`]]);
  guide = new Guide("docs/high-availability.md", { home, replace });
  typed = await guide.type("drill");
  ({ nodes } = await platform.json<{ nodes: Node[] }>(["node", "ls"]));
});
afterAll(() => platform.destroy());

/** Those that may die: the control plane is not on them. */
const further = (): string[] =>
  nodes.filter(({ joinedAt }) => joinedAt !== undefined).map(({ name }) => name);

/** Of every node of this machine that is there yet. */
const agentDirectories = (): string[] => [
  join(platform.home, "agent"),
  ...further().map((name) => join(platform.home, "nodes", name, "agent")),
];

async function drill(): Promise<HaStatus> {
  const { services } = await platform.json<{ services: HaStatus[] }>(["ha", "status"]);
  const found = services.find(({ name }) => name === "drill");
  if (!found) throw new Error("there is no drill");
  return found;
}

/** Where it runs, as nodes that are heard of say: one node at most. */
async function running(): Promise<HaStatus["instances"][number] | undefined> {
  const { instances } = await drill();
  const started = instances.filter(({ state, isStale }) => state === "started" && !isStale);
  expect(started.length).toBeLessThan(2);
  return started[0];
}

const runsOn = (node: string) =>
  until(`the drill runs on ${node}`, async () => {
    const one = await running();
    return one?.node === node && one;
  });

async function livenessOf(name: string): Promise<Node["liveness"] | undefined> {
  const listed = await platform.json<{ nodes: Node[] }>(["node", "ls"]);
  return listed.nodes.find((node) => node.name === name)?.liveness;
}

/** What nodes said that they did with the drill from its freeze to its thaw. */
async function whileFrozen(): Promise<readonly HaEvent[]> {
  const api = await platform.api();
  const signal = AbortSignal.timeout(20_000);
  const seen: HaEvent[] = [];
  for await (const event of api.events(endpoints.ha.events, HaEvent, { signal })) {
    if (event.service === "drill") seen.push(event);
    if (event.what === "thaw") break;
  }
  const frozenAt = seen.findLastIndex(({ what }) => what === "freeze");
  return seen.slice(frozenAt + 1).filter(({ node }) => node !== undefined);
}

/** One that has ended and that nobody has taken leave of is no more than an entry. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/status`;
  return existsSync(file) && !/^State:\s+[ZX]/m.test(readFileSync(file, "utf8"));
}

const guardOf = (directory: string): number =>
  Number(readFileSync(join(directory, "guard/agent.lock"), "utf8").split(" ")[0]);

describe("a service under high availability, by the CLI", () => {
  it("is started where nodes are by what the guide tells, and on the one that it is switched to", async () => {
    expect(typed).toMatch(/^drill +started /m);
    await until("it runs somewhere", running);
    const [wanted = ""] = further();
    await guide.with(new Map([["server-2", wanted]])).type("switch");
    await runsOn(wanted);
  });

  it("runs on another node, under a greater epoch, when its machine has died, and who follows the events reads so", async () => {
    const [dead = ""] = further();
    const here = guide.with(new Map([["server-2", dead]]));
    await using events = here.follow(here.lines("follow").join("\n"));
    const before = await runsOn(dead);
    await until("the events until now are shown", () => events.lines.length > 0);
    await here.type("unplug");
    const after = await until("it runs elsewhere", async () => {
      const one = await running();
      return one !== undefined && one.node !== dead && one;
    });
    expect(after.epoch).toBeGreaterThan(before.epoch ?? Number.POSITIVE_INFINITY);
    const [list = ""] = here.lines("unplug").slice(-1);
    // Beside it stands what was last heard of the dead one.
    const row = new RegExp(`^drill +on ${dead} +.*\\b${after.node} \\(epoch \\d+\\)`, "m");
    expect(await here.run(list)).toMatch(row);
    // It may have run there before, under an epoch of then.
    const told = new RegExp(`Z drill started on ${after.node} under epoch (\\d+)$`, "gm");
    await until("the events say so", () =>
      [...events.text.matchAll(told)].some(
        ([, epoch]) => Number(epoch) > (before.epoch ?? Infinity),
      ),
    );
    for (const line of events.lines)
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z [a-z-]+ \w.*$/);
    await here.type("plug");
    await runsOn(dead);
  });

  it("is followed line by line in JSON, from its freeze to its thaw", async () => {
    await using events = guide.follow("bastide ha events --json");
    const told = (): HaEvent[] => events.lines.map((line) => HaEvent.parse(JSON.parse(line)));
    const mine = (): string[] =>
      told()
        .filter(({ service, node }) => service === "drill" && node === undefined)
        .map(({ what }) => what);
    await until("the events until now are shown", () => mine().includes("start"));
    expect(mine()).not.toContain("freeze");
    await platform.json(["ha", "freeze", "drill"]);
    await until("the freeze is told", () => mine().at(-1) === "freeze");
    await platform.json(["ha", "thaw", "drill"]);
    await until("the thaw is told", () => mine().at(-1) === "thaw");
    expect(mine().slice(-2)).toEqual(["freeze", "thaw"]);
    const times = told().map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("is handed over when its node is drained, which waits until it answers elsewhere", async () => {
    const [leaving = ""] = further();
    const before = await runsOn(leaving);
    const { code, stdout } = await platform.cli(["node", "drain", leaving]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/moved as well: (gateway, )?drill/)]);
    const after = await running();
    expect(after).toMatchObject({ state: "started", node: expect.not.stringMatching(leaving) });
    expect(after?.epoch).toBeGreaterThan(before.epoch ?? Number.POSITIVE_INFINITY);
    await platform.json(["node", "uncordon", leaving]);
  });

  it("is started nowhere while it is frozen, though its machine has died, and is once it is thawed", async () => {
    const [dead = ""] = further();
    const before = await runsOn(dead);
    const frozen = await platform.json<HaStatus>(["ha", "freeze", "drill"]);
    expect(frozen.desired).toEqual({ kind: "frozen" });
    await platform.json(["node", "unplug", dead]);
    // By then it answers elsewhere twice over, where it is not frozen.
    await until(`${dead} is lost`, async () => {
      expect((await running())?.node).toBeOneOf([undefined, dead]);
      return (await livenessOf(dead)) === "lost";
    });
    expect(await running()).toBeUndefined();
    const thawed = await platform.json<HaStatus>(["ha", "thaw", "drill"]);
    expect(thawed.desired).toEqual({ kind: "placed", node: dead });
    expect(await whileFrozen()).toEqual([]);
    const after = await until("it runs elsewhere", running);
    expect(after.node).not.toBe(dead);
    expect(after.epoch).toBeGreaterThan(before.epoch ?? Number.POSITIVE_INFINITY);
    await platform.json(["node", "plug", dead]);
    await runsOn(dead);
  });

  it("says by server-sent events what happened", async () => {
    const api = await platform.api();
    const signal = AbortSignal.timeout(20_000);
    const seen: HaEvent[] = [];
    for await (const event of api.events(endpoints.ha.events, HaEvent, { signal })) {
      seen.push(event);
      if (event.what === "thaw") break;
    }
    expect(seen.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["start", "starting", "started", "freeze", "thaw"]),
    );
  });

  it("names what there is when asked for what there is not", async () => {
    const { code, stderr } = await platform.cli(["ha", "start", "nothing"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("there are gateway, drill, drill-pair");
  });

  it("keeps its node from being removed, and goes on without the vote of one that was drained and removed", async () => {
    const [, leaving = ""] = further();
    await platform.json(["ha", "switch", "drill", leaving]);
    const before = await runsOn(leaving);
    const refused = await platform.cli(["node", "remove", leaving]);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toMatch(/the service drill.*bastide node drain/);
    await platform.json(["node", "drain", leaving]);
    const removed = await platform.json<{ candidateOf: string[] }>(["node", "remove", leaving]);
    expect(removed.candidateOf).toEqual([]);
    const { candidates, desired } = await drill();
    expect([candidates.length, desired]).toEqual([2, { kind: "started" }]);
    expect(candidates).not.toContain(leaving);
    const after = await until("it runs on another node", running);
    expect(candidates).toContain(after.node);
    expect(after.epoch).toBeGreaterThan(before.epoch ?? Number.POSITIVE_INFINITY);
  });

  it("is stopped everywhere", async () => {
    await platform.json(["ha", "stop", "drill"]);
    const where = await until("it runs nowhere", async () => {
      const { instances, desired } = await drill();
      return instances.length === 0 && desired;
    });
    expect(where).toEqual({ kind: "stopped" });
  });

  it("leaves nothing on any node of the platform once it was purged", async () => {
    const { items } = await (
      await platform.api()
    ).call(endpoints.nodes.list, { signal: AbortSignal.timeout(10_000) });
    const removed = further().filter((name) => !items.some((node) => node.name === name));
    expect(removed).toHaveLength(1);
    const left = () =>
      agentDirectories()
        .filter((agent) => !removed.some((name) => agent.includes(`/nodes/${name}/`)))
        .map((agent) => join(agent, "guard/services/drill"))
        .filter((directory) => existsSync(directory));
    expect(left()).not.toEqual([]);
    const unasked = await platform.cli(["ha", "purge", "drill"]);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
    expect(left()).not.toEqual([]);
    await platform.json(["ha", "purge", "drill", "--yes"]);
    await until("nothing of it is left", () => left().length === 0);
    expect((await drill()).desired).toEqual({ kind: "stopped", purge: true });
  });
});

it("a platform whose supervisor and agents were killed leaves no guard behind when it is taken down", async () => {
  await platform.json(["ha", "start", "drill"]);
  await until("it runs somewhere", running);
  const guards = agentDirectories().map(guardOf);
  const pidIn = (name: string): number =>
    Number(readFileSync(join(platform.home, "run", name), "utf8").split(" ")[0]);
  const agents = ["agent.pid", ...further().map((name) => `agent-${name}.pid`)].map(pidIn);
  for (const pid of [pidIn("up.pid"), ...agents]) process.kill(pid, "SIGKILL");
  await platform.down();
  expect(guards.filter(isAlive)).toEqual([]);
});
