import { setTimeout as sleep } from "node:timers/promises";
import { type LeaseGrant, type LeaseRecord, LeaseStoreUnavailable } from "@bastide/ha";
import { type EtcdOptions, EtcdLeaseStore } from "@bastide/ha-stores";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EtcdCluster, until } from "../../../tools/testing/etcd.ts";

const TTL_MS = 2000;
/** So long that no lease ends in a test by itself. */
const LONG_MS = 60_000;
/** What nobody can answer is given up after this. */
const GIVEN_UP_MS = 500;
const name = "services/web";
const patient = () => AbortSignal.timeout(50_000);

let cluster: EtcdCluster;
let stores: EtcdLeaseStore[];

beforeEach(async () => {
  stores = [];
  cluster = await EtcdCluster.start({ size: 3 });
});
afterEach(async () => {
  for (const store of stores) store[Symbol.dispose]();
  await cluster[Symbol.asyncDispose]();
});

function open(options: Partial<EtcdOptions> = {}): EtcdLeaseStore {
  // Busy machines take long over a step; what is to be given up sooner says so.
  const store = new EtcdLeaseStore({
    endpoints: cluster.endpoints,
    attemptMs: 5_000,
    ...options,
  });
  stores.push(store);
  return store;
}

async function granted(
  store: EtcdLeaseStore,
  { holder = "a", ttlMs = LONG_MS, aboveEpoch = 0 } = {},
): Promise<LeaseGrant> {
  const answer = await store.tryAcquire({ name, holder, ttlMs, aboveEpoch }, patient());
  if (answer.kind !== "granted") throw new Error(`${name} is held by ${answer.record.holder}`);
  return answer.grant;
}

/** What the store answers once it answers: between two leaders it is away for a moment. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  const { answer } = await until("the store answers", async () => {
    try {
      return { answer: await ask() };
    } catch (error) {
      if (error instanceof LeaseStoreUnavailable) return undefined;
      throw error;
    }
  });
  return answer;
}

test("goes on acquiring and renewing when one member is killed", async () => {
  const leader = await cluster.leader();
  const [follower, other] = cluster.members.filter((member) => member !== leader);
  const store = open({
    endpoints: [follower, leader, other].map((member) => member?.endpoint ?? ""),
  });
  const grant = await granted(store);
  await follower?.kill();
  expect(await store.renew(grant, patient())).toEqual({ kind: "renewed" });
  expect((await granted(store)).epoch).toBe(grant.epoch + 1);
});

test("keeps a lease that is renewed while etcd's leader is killed", async () => {
  const store = open();
  const grant = await granted(store, { ttlMs: 5000 });
  await (await cluster.leader()).kill();
  const answers = new Set<string>();
  for (let round = 0; round < 5; round += 1) {
    const { kind } = await eventually(() => store.renew(grant, patient()));
    answers.add(kind);
  }
  expect([...answers]).toEqual(["renewed"]);
  expect(await store.read(name, patient())).toEqual({ name, holder: "a", epoch: grant.epoch });
});

test("grants nothing without a majority, says so, and goes on when it is back", async () => {
  const store = open();
  const grant = await granted(store);
  const [first, second] = cluster.members;
  await Promise.all([first?.kill(), second?.kill()]);
  const asking = open({ attemptMs: GIVEN_UP_MS });
  const request = { name, holder: "a", ttlMs: LONG_MS, aboveEpoch: 0 };
  const refused = await Promise.allSettled([
    asking.tryAcquire(request, patient()),
    asking.renew(grant, patient()),
    asking.read(name, patient()),
    asking.writeFenced(grant, "k", "v", patient()),
  ]);
  const away = expect.objectContaining({ message: expect.stringContaining("To do: ") });
  expect(refused).toEqual(refused.map(() => ({ status: "rejected", reason: away })));
  for (const one of refused)
    expect(one.status === "rejected" && one.reason).toBeInstanceOf(LeaseStoreUnavailable);
  await first?.start();
  expect(await eventually(() => store.read(name, patient()))).toEqual({
    name,
    holder: "a",
    epoch: grant.epoch,
  });
  expect(await eventually(() => store.renew(grant, patient()))).toEqual({ kind: "renewed" });
  expect(await eventually(() => store.readValue("k", patient()))).toBeUndefined();
});

test("is granted nothing by a member that is cut off from the others", async () => {
  const [first, second] = cluster.members;
  first?.freeze();
  second?.freeze();
  const endpoints = [cluster.member(2).endpoint];
  const request = { name, holder: "a", ttlMs: LONG_MS, aboveEpoch: 0 };
  await expect(
    open({ endpoints, attemptMs: GIVEN_UP_MS }).tryAcquire(request, patient()),
  ).rejects.toThrow(LeaseStoreUnavailable);
  first?.thaw();
  second?.thaw();
  const store = open({ endpoints });
  expect(await eventually(() => store.read(name, patient()))).toBeUndefined();
});

test("goes on with its epochs when every member was killed and is back", async () => {
  const store = open();
  const grant = await granted(store, { ttlMs: TTL_MS });
  await cluster.killAll();
  await expect(store.renew(grant, patient())).rejects.toThrow(LeaseStoreUnavailable);
  await cluster.startAll();
  const later = await until("the lease of before ends", async () => {
    const request = { name, holder: "b", ttlMs: TTL_MS, aboveEpoch: 0 };
    const answer = await eventually(() => store.tryAcquire(request, patient()));
    return answer.kind === "granted" ? answer.grant : undefined;
  });
  expect(later.epoch).toBe(grant.epoch + 1);
  expect(await store.renew(grant, patient())).toEqual({ kind: "lost" });
});

test("is seeded above every epoch on record elsewhere when etcd was rebuilt empty", async () => {
  const store = open({ forgetTermMs: 500 });
  for (let round = 0; round < 4; round += 1) await granted(store);
  const before = await granted(store);
  await cluster.rebuild();
  expect(await eventually(() => store.renew(before, patient()))).toEqual({ kind: "lost" });
  expect(await store.read(name, patient())).toBeUndefined();
  expect((await granted(store, { aboveEpoch: before.epoch })).epoch).toBe(before.epoch + 1);
  expect(await store.writeFenced(before, "k", "late", patient())).toMatchObject({ kind: "fenced" });
});

test("turns to another member when the one that it asks is frozen", async () => {
  const leader = await cluster.leader();
  const [follower] = cluster.members.filter((member) => member !== leader);
  const store = open({
    endpoints: [follower?.endpoint ?? "", leader.endpoint],
    attemptMs: 500,
  });
  const grant = await eventually(() => granted(store));
  follower?.freeze();
  expect(await store.renew(grant, patient())).toEqual({ kind: "renewed" });
  expect(await store.writeFenced(grant, "k", "v", patient())).toEqual({ kind: "written" });
  follower?.thaw();
  expect(await store.readValue("k", patient())).toBe("v");
});

test("keeps a lease for its whole time after a renewal while a frozen leader thaws", async () => {
  const store = open({ attemptMs: 500 });
  const watcher = open({ attemptMs: 500 });
  const grant = await eventually(() => granted(store, { ttlMs: 4000 }));
  const leader = await cluster.leader();
  leader.freeze();
  expect(await eventually(() => store.renew(grant, patient()))).toEqual({ kind: "renewed" });
  const askedAt = performance.now();
  expect(await eventually(() => store.renew(grant, patient()))).toEqual({ kind: "renewed" });
  leader.thaw();
  const looks: { readonly atMs: number; readonly record: LeaseRecord | undefined }[] = [];
  while (performance.now() - askedAt < grant.ttlMs - 200) {
    const record = await eventually(() => watcher.read(name, patient()));
    looks.push({ atMs: performance.now() - askedAt, record });
    await sleep(100);
  }
  const early = looks.filter(({ atMs, record }) => atMs < grant.ttlMs && record?.holder !== "a");
  expect(early).toEqual([]);
});

test("shows a watch the last state across a killed member, a compaction and an outage", async () => {
  const store = open();
  const controller = new AbortController();
  // A watch that had to be told everything would never catch up within the test.
  const watching = open({ endpoints: cluster.endpoints.toReversed(), rereadMs: 1000 });
  const records = watching.watch(name, AbortSignal.any([controller.signal, patient()]));
  const shows = async (epoch: number): Promise<void> => {
    for (;;) {
      const { value, done } = await records.next();
      if (done === true) throw new Error("the watch ended");
      if (value?.epoch === epoch) return;
    }
  };
  const first = await granted(store);
  await shows(first.epoch);
  await cluster.member(2).kill();
  await shows((await eventually(() => granted(store))).epoch);
  await compact();
  await shows((await eventually(() => granted(store))).epoch);
  await cluster.killAll();
  await cluster.startAll();
  await shows((await eventually(() => granted(store))).epoch);
  controller.abort();
  expect(await records.next()).toEqual({ value: undefined, done: true });
});

async function compact(): Promise<void> {
  const leader = await cluster.leader();
  const answer = await leader.call("/v3/kv/range", { key: "AA==" });
  const revision = JSON.stringify(answer).match(/"revision":"(\d+)"/)?.[1];
  await leader.call("/v3/kv/compaction", { revision, physical: true });
}
