import { LeaseStoreUnavailable } from "@bastide/ha";
import { EtcdLeaseStore } from "@bastide/ha-stores";
import { describe, expect, test } from "vitest";
import { type Behaviour, http, Stranger } from "./stranger.ts";

const signal = () => AbortSignal.timeout(30_000);
const request = { name: "services/web", holder: "a", ttlMs: 2000, aboveEpoch: 0 };
const grant = { name: "services/web", holder: "a", epoch: 3, ttlMs: 2000 };

const header = (raftTerm: string) => ({
  cluster_id: "1",
  member_id: "2",
  revision: "9",
  raft_term: raftTerm,
});
const range = (...kvs: readonly unknown[]) => ({ response_range: { kvs } });
const kv = (key: string, value: string) => ({
  key: Buffer.from(key).toString("base64"),
  value: Buffer.from(value).toString("base64"),
  mod_revision: "5",
});
const held = (holder: string, epoch = 3) => [
  range(kv("/bastide/ha/epochs/services/web", String(epoch))),
  range(kv("/bastide/ha/holders/services/web", JSON.stringify({ epoch, holder }))),
];
const answer = (body: unknown) => http(200, JSON.stringify(body));
const says =
  (text: string): Behaviour =>
  (socket) =>
    socket.write(text);
const holds = (responses: readonly unknown[], raftTerm = "2") =>
  says(answer({ header: header(raftTerm), succeeded: true, responses }));

async function unavailable(behaviour: Behaviour): Promise<string> {
  await using stranger = await Stranger.start(behaviour);
  using store = new EtcdLeaseStore({
    endpoints: [stranger.endpoint],
    attemptMs: 400,
    maxAnswerBytes: 10_000,
  });
  const asked = [
    store.tryAcquire(request, signal()),
    store.renew(grant, signal()),
    store.release(grant, signal()),
    store.read(request.name, signal()),
    store.readValue("k", signal()),
    store.writeFenced(grant, "k", "v", signal()),
    store.watch(request.name, signal()).next(),
  ];
  const outcomes = await Promise.allSettled(asked);
  const errors = outcomes.map((outcome) =>
    outcome.status === "rejected" ? outcome.reason : outcome.value,
  );
  for (const error of errors) expect(error).toBeInstanceOf(LeaseStoreUnavailable);
  return errors.map(String).join("\n");
}

const endless: Behaviour = (socket) => {
  socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  const more = () => {
    if (!socket.destroyed) socket.write(`3e8\r\n${"x".repeat(1000)}\r\n`, () => setImmediate(more));
  };
  more();
};
const trickle: Behaviour = (socket) => {
  socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  const timer = setInterval(() => socket.write("1\r\n \r\n"), 20);
  socket.on("close", () => clearInterval(timer));
};

describe("believes nothing of a stranger at etcd's address", () => {
  test.each<readonly [string, RegExp, Behaviour]>([
    ["that ends the connection", /did not answer/, (socket) => socket.destroy()],
    ["that stays silent", /in time/, () => undefined],
    ["that is no HTTP", /did not answer: /, says("SSH-2.0-OpenSSH_9.2\r\n")],
    ["that answers HTML", /no JSON/, says(http(200, "<!doctype html><title>hi", "text/html"))],
    ["that answers HTML as an error", /status 502/, says(http(502, "<h1>Bad Gateway"))],
    ["that answers nothing", /no JSON/, says(http(200, ""))],
    [
      "that sends elsewhere",
      /status 302/,
      says("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
    ],
    ["that answers half a JSON", /no JSON/, says(http(200, '{"header":{"clus'))],
    [
      "that breaks off within a JSON",
      /did not answer/,
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"header":{"clus'),
    ],
    ["that answers without an end", /longer than 10000 bytes/, endless],
    ["that answers a byte at a time", /in time/, trickle],
    ["that answers an empty object", /header/, says(answer({}))],
    ["that answers null", /JSON that its API/, says(answer(null))],
    ["that answers no operation", /0 answers to/, holds([])],
    [
      "that says a comparison of nothing failed",
      /API|compar|answers/,
      says(answer({ header: header("2"), responses: held("a") })),
    ],
    [
      "that answers of another key",
      /the key/,
      holds([range(kv("x", "3")), range(kv("y", "3")), range(kv("z", "3"))]),
    ],
    [
      "that has no leader",
      /no leader.*majority/s,
      says(http(503, JSON.stringify({ error: "etcdserver: no leader", code: 14 }))),
    ],
  ])("%s", async (_, fact, behaviour) => {
    const text = await unavailable(behaviour);
    expect(text).toMatch(fact);
    expect(text).toMatch(/To do: /);
  });
});

describe("believes nothing of keys that no store wrote", () => {
  test.each([
    ["an epoch that is no number", [range(kv("/bastide/ha/epochs/services/web", "many")), range()]],
    ["a holder without an epoch", [range(), held("a")[1]]],
    ["a holder of another epoch", [held("a", 3)[0], held("a", 4)[1]]],
    [
      "a holder that is no JSON",
      [held("a")[0], range(kv("/bastide/ha/holders/services/web", "a"))],
    ],
  ])("%s", async (_, responses) => {
    await using stranger = await Stranger.start(holds(responses));
    using store = new EtcdLeaseStore({ endpoints: [stranger.endpoint] });
    await expect(store.read(request.name, signal())).rejects.toThrow(/never writes.*To do: /s);
    await expect(store.tryAcquire(request, signal())).rejects.toThrow(LeaseStoreUnavailable);
  });
});

test("answers by the next endpoint when the first is a stranger", async () => {
  await using stranger = await Stranger.start(says(http(200, "<html>")));
  await using etcd = await Stranger.start(holds(held("b")));
  using store = new EtcdLeaseStore({ endpoints: [stranger.endpoint, etcd.endpoint] });
  expect(await store.read(request.name, signal())).toEqual({
    name: request.name,
    holder: "b",
    epoch: 3,
  });
  await store.read(request.name, signal());
  expect(stranger.requests).toHaveLength(1);
});

test("asks nobody twice to write a value when it is not known whether it was written", async () => {
  const silentOverWrites: Behaviour = (socket, text) => {
    if (text.includes("request_put")) return;
    socket.write(
      answer({ header: header("2"), succeeded: true, responses: [...held("a"), range()] }),
    );
  };
  await using one = await Stranger.start(silentOverWrites);
  await using two = await Stranger.start(silentOverWrites);
  using store = new EtcdLeaseStore({ endpoints: [one.endpoint, two.endpoint], attemptMs: 300 });
  const writing = store.writeFenced(grant, "k", "v", signal());
  await expect(writing).rejects.toThrow(LeaseStoreUnavailable);
  const writes = [...one.requests, ...two.requests].filter((text) => text.includes("request_put"));
  expect(writes).toHaveLength(1);
});

test("compares the revision of what it saw with each write", async () => {
  await using etcd = await Stranger.start((socket, text) => {
    if (text.includes("/v3/lease/grant"))
      socket.write(answer({ header: header("2"), ID: "7", TTL: "2" }));
    else if (text.includes("request_put")) socket.destroy();
    else socket.write(answer({ header: header("2"), succeeded: true, responses: held("a") }));
  });
  using store = new EtcdLeaseStore({ endpoints: [etcd.endpoint] });
  await expect(store.renew(grant, signal())).rejects.toThrow(LeaseStoreUnavailable);
  await expect(store.tryAcquire(request, signal())).rejects.toThrow(LeaseStoreUnavailable);
  const writes = etcd.requests.filter((text) => text.includes("request_put"));
  expect(writes).toHaveLength(2);
  for (const text of writes) {
    const body: unknown = JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4));
    const compares = { target: "MOD", result: "EQUAL", mod_revision: "5" };
    expect(body).toMatchObject({ compare: [compares, compares] });
  }
});

test("refuses a lease that etcd grants for less time than asked", async () => {
  await using etcd = await Stranger.start((socket, text) => {
    if (text.includes("/v3/lease/grant"))
      socket.write(answer({ header: header("2"), ID: "7", TTL: "1" }));
    else
      socket.write(answer({ header: header("2"), succeeded: true, responses: [range(), range()] }));
  });
  using store = new EtcdLeaseStore({ endpoints: [etcd.endpoint] });
  await expect(store.tryAcquire(request, signal())).rejects.toThrow(/1 s where 2 s/);
});

describe("raft terms", () => {
  test("believes no answer of an earlier term, and takes the member out that gives it", async () => {
    await using present = await Stranger.start(holds(held("b", 3), "7"));
    await using restored = await Stranger.start(holds(held("a", 2), "6"));
    using store = new EtcdLeaseStore({ endpoints: [present.endpoint, restored.endpoint] });
    expect(await store.read(request.name, signal())).toMatchObject({ holder: "b" });
    await present[Symbol.asyncDispose]();
    await expect(store.read(request.name, signal())).rejects.toThrow(/term 6.*term 7/s);
  });

  test("believes a rebuilt cluster once the term of before was not seen for a while", async () => {
    let raftTerm = "7";
    await using etcd = await Stranger.start((socket) =>
      socket.write(
        answer({ header: header(raftTerm), succeeded: true, responses: [range(), range()] }),
      ),
    );
    using store = new EtcdLeaseStore({ endpoints: [etcd.endpoint], forgetTermMs: 0 });
    await store.read(request.name, signal());
    raftTerm = "2";
    expect(await store.read(request.name, signal())).toBeUndefined();
  });
});
