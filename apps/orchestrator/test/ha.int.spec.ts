import {
  type ApiClient,
  ApiError,
  endpoints,
  type HaAnswer,
  type HaAsk,
  HaEvent,
  type HaReport,
  type HaStatus,
} from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { InstanceKeeper } from "../src/brick-instances/instance-keeper.ts";
import { CONTROL_MODULES } from "../src/control-modules.ts";
import { HaGroups, TTL_MS } from "../src/ha/ha-groups.ts";
import { HaTruth } from "../src/ha/ha-truth.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";
import { signal, until } from "./platform.ts";
import { TestNode } from "./test-node.ts";

let orchestrator: TestOrchestrator;
const nodes: TestNode[] = [];
beforeAll(async () => {
  orchestrator = await startOrchestrator(CONTROL_MODULES);
  for (const name of ["n1", "n2", "n3"])
    nodes.push(await TestNode.start(() => nodeClient(name), name));
});
afterAll(async () => {
  for (const node of nodes) await node[Symbol.asyncDispose]();
  await orchestrator[Symbol.asyncDispose]();
});

const nodeClient = (name: string): ApiClient => orchestrator.client(orchestrator.tokens.node(name));
const admin = (): ApiClient => orchestrator.client(orchestrator.tokens.admin);

const ask = (node: string, body: HaAsk): Promise<HaAnswer> =>
  nodeClient(node).call(endpoints.nodes.haAsk, { parameters: { node }, body, signal });

const request = (holder: string, name = "drill", ttlMs = TTL_MS) => ({
  name,
  holder,
  ttlMs,
  aboveEpoch: 0,
});

let sequence = 0;
/** What a node's guard says; where no version is given, of the intents that it was told last. */
const report = (
  node: string,
  services: HaReport["services"],
  version = nodes.find(({ name }) => name === node)?.group?.intents.version ?? 0,
): Promise<unknown> =>
  nodeClient(node).call(endpoints.nodes.haReport, {
    parameters: { node },
    body: { incarnation: 1, sequence: ++sequence, services, version },
    signal,
  });

const stateOf = (state: "started" | "stopped"): HaReport["services"] => [
  { name: "drill", resources: { program: state } },
];

/** The version that n1 is told, once it is at least this. */
const toldVersion = async (least: number): Promise<number> => {
  const told = () => nodes[0]?.group?.intents.version ?? 0;
  await until(`version ${least} is told`, () => told() >= least);
  return told();
};

type Verb = "start" | "stop" | "purge" | "freeze" | "thaw";
const verb = (name: Verb, service = "drill"): Promise<HaStatus> =>
  admin().call(endpoints.ha[name], { parameters: { service }, signal });

const switchTo = (node: string, service = "drill"): Promise<HaStatus> =>
  admin().call(endpoints.ha.switch, { parameters: { service }, body: { node }, signal });

const refusal = async (asking: Promise<unknown>): Promise<unknown> => {
  const error = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ApiError ? error.problem.code : error;
};

describe("a service under high availability", () => {
  it("is refused to nodes as long as nobody has started it", async () => {
    const acquire: HaAsk = { kind: "acquire", request: request("n1") };
    expect(await refusal(ask("n1", acquire))).toBe("forbidden");
    expect(await refusal(ask("n1", { kind: "read-seed" }))).toBe("forbidden");
    expect(nodes[0]?.group).toBeUndefined();
  });

  it("takes in the nodes that are there, and tells their guards", async () => {
    const status = await verb("start");
    expect(status).toMatchObject({ candidates: ["n1", "n2", "n3"], desired: { kind: "started" } });
    for (const node of nodes)
      await until(`${node.name} is told`, () => node.group?.intents.intents["drill"]);
    expect(nodes[1]?.group).toMatchObject({
      services: [{ name: "drill", candidates: ["n1", "n2", "n3"] }],
      members: [{ name: "n1" }, { name: "n2" }, { name: "n3" }],
    });
  });

  it("gives its lease to one node, under epochs that grow", async () => {
    const first = await ask("n1", { kind: "acquire", request: request("n1") });
    if (first.kind !== "granted") throw new Error(`n1 got ${first.kind}`);
    expect(await ask("n2", { kind: "acquire", request: request("n2") })).toMatchObject({
      kind: "held",
      record: { holder: "n1", epoch: first.grant.epoch },
    });
    expect(await ask("n1", { kind: "renew", grant: first.grant })).toEqual({ kind: "renewed" });
    expect(await ask("n1", { kind: "release", grant: first.grant })).toEqual({ kind: "released" });
    const second = await ask("n2", { kind: "acquire", request: request("n2") });
    if (second.kind !== "granted") throw new Error(`n2 got ${second.kind}`);
    expect(second.grant.epoch).toBeGreaterThan(first.grant.epoch);
    expect(await ask("n1", { kind: "renew", grant: first.grant })).toEqual({ kind: "lost" });
    await ask("n2", { kind: "release", grant: second.grant });
  });

  it.each<[string, HaAsk]>([
    ["in another node's name", { kind: "acquire", request: request("n2") }],
    ["for a service that there is not", { kind: "acquire", request: request("n1", "other") }],
    ["for longer than a lease lasts", { kind: "acquire", request: request("n1", "drill", 60_000) }],
    [
      "for the seed's lease by the way of a service's",
      { kind: "acquire", request: request("n1", "bastide/seed") },
    ],
    [
      "for a service's lease by the way of the seed's",
      { kind: "seed-acquire", request: request("n1") },
    ],
    [
      "to release what another holds",
      { kind: "release", grant: { name: "drill", holder: "n2", epoch: 1, ttlMs: TTL_MS } },
    ],
  ])("refuses a node that asks %s", async (_, body) => {
    expect(await refusal(ask("n1", body))).toBe("forbidden");
  });

  it("refuses a node's token at another node's desk", async () => {
    const asking = nodeClient("n2").call(endpoints.nodes.haAsk, {
      parameters: { node: "n1" },
      body: { kind: "acquire", request: request("n1") },
      signal,
    });
    expect(await refusal(asking)).toBe("forbidden");
  });

  it("refuses epochs that nobody can have been granted, and goes on granting", async () => {
    const acquire: HaAsk = { kind: "acquire", request: request("n1") };
    const aboveEpoch = Number.MAX_SAFE_INTEGER - 1;
    const wrong: HaAsk = { kind: "acquire", request: { ...request("n1"), aboveEpoch } };
    expect(await refusal(ask("n1", wrong))).toBe("conflict");
    const record: HaAsk = { kind: "seed-record", knownEpochs: [Number.MAX_SAFE_INTEGER] };
    expect(await refusal(ask("n1", record))).toBe("conflict");
    const granted = await ask("n1", acquire);
    if (granted.kind !== "granted") throw new Error(`n1 got ${granted.kind}`);
    await ask("n1", { kind: "release", grant: granted.grant });
  });

  it("seeds its store with the life on record, and no other, for who has the seed's lease", async () => {
    expect(await ask("n1", { kind: "read-seed" })).toEqual({ kind: "seed" });
    const early = ask("n1", { kind: "seed-record", knownEpochs: [7] });
    expect(await refusal(early)).toBe("forbidden");
    const acquired = await ask("n1", {
      kind: "seed-acquire",
      request: request("n1", "bastide/seed", TTL_MS * 4),
    });
    if (acquired.kind !== "granted") throw new Error(`n1 got ${acquired.kind}`);
    const recorded = await ask("n1", { kind: "seed-record", knownEpochs: [7] });
    if (recorded.kind !== "recorded") throw new Error(`n1 got ${recorded.kind}`);
    const other = ask("n2", { kind: "seed-record", knownEpochs: [7] });
    expect(await refusal(other)).toBe("forbidden");
    const { grant } = acquired;
    const wrong: HaAsk = { kind: "seed-write", grant, floor: recorded.floor + 1 };
    expect(await refusal(ask("n1", wrong))).toBe("conflict");
    const write: HaAsk = { kind: "seed-write", grant, floor: recorded.floor };
    expect(await ask("n1", write)).toEqual({ kind: "written" });
    expect(await ask("n2", { kind: "read-seed" })).toEqual({ kind: "seed", floor: recorded.floor });
  });

  it("is switched to a candidate only, and only where it runs on one node", async () => {
    expect((await switchTo("n2")).desired).toEqual({ kind: "placed", node: "n2" });
    expect(await refusal(switchTo("n9"))).toBe("conflict");
    expect(await refusal(switchTo("n2", "drill-pair"))).toBe("conflict");
    expect(await refusal(switchTo("n2", "nothing"))).toBe("not-found");
  });

  it("is after a thaw what it was before the freeze, however often it was frozen", async () => {
    expect((await verb("freeze")).desired).toEqual({ kind: "frozen" });
    expect((await verb("freeze")).desired).toEqual({ kind: "frozen" });
    expect((await verb("thaw")).desired).toEqual({ kind: "placed", node: "n2" });
    expect((await verb("thaw")).desired).toEqual({ kind: "placed", node: "n2" });
  });

  it("keeps its voters until every one of them says that it is stopped", async () => {
    const n4 = await TestNode.start(() => nodeClient("n4"), "n4");
    nodes.push(n4);
    const voters = ["n1", "n2", "n3"];
    let version = await toldVersion(0);
    const change = async (name: Verb): Promise<readonly string[]> => {
      const { candidates } = await verb(name);
      version = await toldVersion(version + 1);
      return candidates;
    };
    for (const node of voters) await report(node, stateOf("stopped"), version);
    await change("stop");
    // What they said before they were told is no answer to it.
    expect(await change("start")).toEqual(voters);
    await change("stop");
    await report("n1", stateOf("stopped"), version);
    await report("n2", stateOf("started"), version);
    await report("n3", stateOf("stopped"), version);
    expect(await change("start")).toEqual(voters);
    await change("stop");
    await report("n1", stateOf("stopped"), version);
    await report("n2", stateOf("stopped"), version);
    // It runs nothing, but has not heard yet that it is to run nothing: it may begin at any moment.
    await report("n3", stateOf("stopped"), version - 1);
    expect(await change("start")).toEqual(voters);
    await change("stop");
    for (const node of voters) await report(node, stateOf("stopped"), version);
    expect(await change("start")).toEqual([...voters, "n4"]);
  });

  it("is read and told by one after the other, so that nobody is told what was before", async () => {
    // It reads what is wanted as well, and is not what is counted here.
    await orchestrator.app.get(InstanceKeeper).beforeApplicationShutdown();
    const truth = orchestrator.app.get(HaTruth);
    const rows = truth.rows.bind(truth);
    const begun = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const reading = vi.spyOn(truth, "rows").mockImplementationOnce(async () => {
      const before = await rows();
      begun.resolve();
      await answer.promise;
      return before;
    });
    const groups = orchestrator.app.get(HaGroups);
    const refreshing = [groups.refresh(), groups.refresh()];
    await begun.promise;
    expect(reading).toHaveBeenCalledTimes(1);
    answer.resolve();
    await Promise.all(refreshing);
    reading.mockRestore();
  });

  it("shows what nodes report, and nothing older", async () => {
    await report("n2", [{ name: "drill", epoch: 12, resources: { program: "started" } }]);
    sequence -= 2;
    await report("n2", stateOf("stopped"));
    sequence += 2;
    const { items } = await admin().call(endpoints.ha.list, { signal });
    const instances = items.find(({ name }) => name === "drill")?.instances;
    expect(instances).toEqual([{ node: "n2", state: "started", epoch: 12, isStale: false }]);
  });

  it("shows as past what runs under an earlier epoch, though its node is heard of", async () => {
    await report("n3", [{ name: "drill", epoch: 13, resources: { program: "started" } }]);
    const { items } = await admin().call(endpoints.ha.list, { signal });
    const instances = items.find(({ name }) => name === "drill")?.instances;
    expect(instances?.map(({ node, isStale }) => ({ node, isStale }))).toEqual([
      { node: "n2", isStale: true },
      { node: "n3", isStale: false },
    ]);
    await report("n3", stateOf("stopped"));
  });

  it("tells what happened, and what happens", async () => {
    const end = new AbortController();
    const seen: HaEvent[] = [];
    const following = (async () => {
      const events = admin().events(endpoints.ha.events, HaEvent, { signal: end.signal });
      for await (const event of events) seen.push(event);
    })().catch(() => undefined);
    await until("what happened is told", () => seen.some(({ what }) => what === "freeze"));
    await verb("stop", "drill-pair");
    await until("what happens is told", () =>
      seen.some(({ service, what }) => service === "drill-pair" && what === "stop"),
    );
    expect(seen).toContainEqual(
      expect.objectContaining({ service: "drill", node: "n2", what: "started", epoch: 12 }),
    );
    end.abort();
    await following;
  });

  it("is purged by who is told to stop it and what to remove, until another thing is wanted", async () => {
    const told = () => nodes[1]?.group?.intents.intents["drill-pair"]?.desired;
    const purged = { kind: "stopped", purge: true };
    expect((await verb("purge", "drill-pair")).desired).toEqual(purged);
    await until("n2 is told to purge it", () => JSON.stringify(told()) === JSON.stringify(purged));
    expect((await verb("stop", "drill-pair")).desired).toEqual({ kind: "stopped" });
    await until(
      "n2 is told to stop it",
      () => JSON.stringify(told()) === JSON.stringify({ kind: "stopped" }),
    );
  });

  it("is handed over by a drained node, whose guard is told so until it is uncordoned", async () => {
    const parameters = { node: "n1" };
    await admin().call(endpoints.nodes.drain, { parameters, signal });
    await until("n1 is told", () => nodes[0]?.group?.isDraining);
    expect(nodes[0]?.group?.isCordoned).toBe(true);
    expect(nodes[1]?.group).toMatchObject({ isCordoned: false, isDraining: false });
    await admin().call(endpoints.nodes.uncordon, { parameters, signal });
    await until("n1 is told again", () => nodes[0]?.group?.isDraining === false);
  });

  it("is not left down without a word: who starts it, or looks, is told why no node takes it and what to do", async () => {
    const names = ["n1", "n2", "n3", "n4"];
    const cordon = (endpoint: "cordon" | "uncordon", node: string): Promise<unknown> =>
      admin().call(endpoints.nodes[endpoint], { parameters: { node }, signal });
    const noted = async (): Promise<string | undefined> => {
      const { items } = await admin().call(endpoints.ha.list, { signal });
      return items.find(({ name }) => name === "drill-pair")?.note;
    };
    for (const node of names) await cordon("cordon", node);
    const { note, candidates } = await verb("start", "drill-pair");
    expect(candidates).toEqual(expect.arrayContaining(["n1", "n2", "n3"]));
    for (const node of candidates)
      expect(note).toContain(`${node} is cordoned: \`bastide node uncordon ${node}\``);
    expect(await noted()).toBe(note);
    await cordon("uncordon", "n2");
    expect(await noted()).toBeUndefined();
    for (const node of names) await cordon("uncordon", node);
    await verb("stop", "drill-pair");
  });

  it("is wanted as before when the control plane starts anew", async () => {
    await orchestrator.restart();
    const { items } = await admin().call(endpoints.ha.list, { signal });
    expect(items.find(({ name }) => name === "drill")).toMatchObject({
      desired: { kind: "started" },
      candidates: ["n1", "n2", "n3", "n4"],
    });
  });
});
