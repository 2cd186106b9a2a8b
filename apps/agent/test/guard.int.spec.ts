import type { HaGroup, HaService } from "@bastide/contracts";
import type { LeaseStore, NodeMessage, SafetyRules, StoreAnswer, StoreAsk } from "@bastide/ha";
import { SAFETY_RULES } from "@bastide/ha";
import { EtcdLeaseStore, PostgresLeaseStore } from "@bastide/ha-stores";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EtcdCluster } from "../../../tools/testing/etcd.ts";
import { freePort } from "../../../tools/testing/free-port.ts";
import { StandIn } from "../../../tools/testing/stand-in.ts";
import { startPostgres, type TestPostgres } from "../../../tools/testing/postgres.ts";
import { desk, drillAt, TestGuard, until } from "./guard.fixture.ts";

const TTL_MS = 2_000;
let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

async function postgres(stack: AsyncDisposableStack): Promise<LeaseStore> {
  const database = await server.createDatabase();
  const pool = new pg.Pool({ host: server.host, user: server.user, database, max: 6 });
  stack.defer(() => pool.end());
  const store = new PostgresLeaseStore(pool);
  await store.ensure(AbortSignal.timeout(10_000));
  return store;
}

async function etcd(stack: AsyncDisposableStack): Promise<LeaseStore> {
  const cluster = stack.use(await EtcdCluster.start({ size: 1 }));
  return stack.use(new EtcdLeaseStore({ endpoints: cluster.endpoints }));
}

const FLEX = { kind: "flex", min: 1, target: 2, max: 3 } as const;

async function groupOf(
  names: readonly string[],
  topology: HaService["topology"] = { kind: "failover" },
): Promise<HaGroup> {
  return {
    members: names.map((name) => ({ name })),
    services: [
      {
        name: "drill",
        topology,
        candidates: [...names],
        // Each has a port of its own: they share one address here.
        resources: [drillAt(await freePort())],
        affinities: [],
        monitor: { restarts: { count: 5, withinMs: 30_000 }, action: "switch", blockForMs: 5_000 },
        stopWithinMs: 400,
      },
    ],
    intents: {
      version: 1,
      intents: { drill: { service: "drill", desired: { kind: "started" }, id: "i1" } },
    },
    isCordoned: false,
    isDraining: false,
    ttlMs: TTL_MS,
  };
}

async function guards(
  names: readonly string[],
  ask: (ask: StoreAsk) => Promise<StoreAnswer>,
  stack: AsyncDisposableStack,
  options: {
    readonly topology?: HaService["topology"];
    readonly rules?: Readonly<Record<string, SafetyRules>>;
  } = {},
): Promise<TestGuard[]> {
  const all: TestGuard[] = [];
  const send = (from: TestGuard, to: string, message: NodeMessage): void => {
    const target = all.find(({ name }) => name === to);
    if (!from.isCut) setImmediate(() => target?.receive(from.name, message));
  };
  for (const name of names) {
    const group = await groupOf(names, options.topology);
    all.push(stack.use(await TestGuard.start(name, group, ask, send, options.rules?.[name])));
  }
  return all;
}

async function holderOf(all: readonly TestGuard[]): Promise<TestGuard> {
  const holder = await until("one runs it", () => all.find(({ state }) => state === "started"));
  await holder.firstBeat();
  return holder;
}

const running = (all: readonly TestGuard[]): TestGuard[] =>
  all.filter(({ state }) => state === "started");

/** The two that run it once all have heard of each other: before that a third may run as well, and is about to stop. */
async function settledPair(all: readonly TestGuard[]): Promise<readonly [TestGuard, TestGuard]> {
  let before = "";
  let sinceMs = 0;
  await until("the same two run it for a while", () => {
    const now = running(all)
      .map(({ name }) => name)
      .join();
    if (now !== before) [before, sinceMs] = [now, performance.now()];
    return running(all).length === 2 && performance.now() - sinceMs > TTL_MS;
  });
  const [one, other] = running(all);
  if (!one || !other) throw new Error("two run it");
  return [one, other];
}

describe.each([
  ["PostgreSQL", postgres],
  ["etcd", etcd],
])("guards with their leases in %s", (_, open) => {
  it.concurrent("one runs the service; cut off it stops before another begins, under a newer epoch", async () => {
    await using stack = new AsyncDisposableStack();
    const all = await guards(["a", "b"], desk(await open(stack)), stack);
    const first = await holderOf(all);
    const before = first.epoch ?? 0;
    first.isCut = true;
    const second = await until("the other runs it", () =>
      all.find((one) => one !== first && one.state === "started"),
    );
    expect(second.epoch).toBeGreaterThan(before);
    expect(first.state).not.toBe("started");
    expect(await second.firstBeat()).toBeGreaterThan(first.beats().at(-1) ?? Infinity);
    // What was cut off does not take back what another has.
    first.isCut = false;
    await until("it hears the store again", () => first.state === "stopped");
    expect(second.state).toBe("started");
  });

  it.concurrent("three go on without their store, and none takes it from the holder", async () => {
    await using stack = new AsyncDisposableStack();
    const answering = desk(await open(stack));
    let isGone = false;
    const ask = async (asked: StoreAsk) => (isGone ? undefined : answering(asked));
    const all = await guards(["a", "b", "c"], ask, stack);
    const holder = await holderOf(all);
    isGone = true;
    const lastAtMs = holder.beats().at(-1) ?? 0;
    await until(
      "two lease times have passed",
      () => (holder.beats().at(-1) ?? 0) > lastAtMs + 2 * TTL_MS,
    );
    expect(running(all)).toEqual([holder]);
  });
});

describe.each(["strange", "silent"] as const)(
  "guards whose etcd is replaced by what is %s",
  (face) => {
    /** An etcd of one member, and who is at its address. */
    async function standIn(stack: AsyncDisposableStack): Promise<[StandIn, LeaseStore]> {
      const cluster = stack.use(await EtcdCluster.start({ size: 1 }));
      const stands = stack.use(await StandIn.of(cluster.endpoints[0] ?? ""));
      const options = { endpoints: [stands.endpoint], attemptMs: 500 };
      return [stands, stack.use(new EtcdLeaseStore(options))];
    }

    /** The holder of before and the others ask on, and get no answer that counts. */
    const askedFurther = (stands: StandIn): Promise<unknown> => {
      const before = stands.asked;
      return until("it is asked on", () => stands.asked > before + 8);
    };

    it.concurrent("three: the holder goes on, nobody takes it, and so it stays when etcd is back", async () => {
      await using stack = new AsyncDisposableStack();
      const [stands, store] = await standIn(stack);
      const all = await guards(["a", "b", "c"], desk(store), stack);
      const holder = await holderOf(all);
      const others = all.filter((one) => one !== holder);
      const goesOn = (): Promise<unknown> => {
        const lastAtMs = holder.beats().at(-1) ?? 0;
        const isLonger = (): boolean => (holder.beats().at(-1) ?? 0) > lastAtMs + 2 * TTL_MS;
        return until("two lease times have passed", isLonger);
      };
      stands.wear(face === "strange" ? "stranger" : "silent");
      await goesOn();
      await askedFurther(stands);
      expect(running(all)).toEqual([holder]);
      stands.wear("server");
      await goesOn();
      expect(running(all)).toEqual([holder]);
      expect(others.flatMap((one) => one.beats())).toEqual([]);
    });

    it.concurrent("two: it stops with its lease and nobody takes it, until etcd is back and grants a greater epoch", async () => {
      await using stack = new AsyncDisposableStack();
      const [stands, store] = await standIn(stack);
      const all = await guards(["a", "b"], desk(store), stack);
      const holder = await holderOf(all);
      const before = holder.epoch ?? Number.POSITIVE_INFINITY;
      stands.wear(face === "strange" ? "stranger" : "silent");
      await until("it has stopped", () => holder.state === "stopped");
      const stoppedAfter = holder.beats().at(-1) ?? 0;
      await askedFurther(stands);
      expect(all.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
      expect(all.flatMap((one) => one.beats()).filter((atMs) => atMs > stoppedAfter)).toEqual([]);
      stands.wear("server");
      const next = await until("one runs it", () => running(all)[0]);
      expect(next.epoch).toBeGreaterThan(before);
      expect(running(all)).toHaveLength(1);
    });
  },
);

describe("guards", () => {
  it.concurrent("three go on though the store does not answer the holder alone", async () => {
    await using stack = new AsyncDisposableStack();
    const answering = desk(await postgres(stack));
    let deaf: string | undefined;
    const isDeaf = (asked: StoreAsk): boolean =>
      asked.kind === "lease" && "grant" in asked.command && asked.command.grant.holder === deaf;
    const ask = async (asked: StoreAsk) => (isDeaf(asked) ? undefined : answering(asked));
    const all = await guards(["a", "b", "c"], ask, stack);
    const holder = await holderOf(all);
    deaf = holder.name;
    const before = holder.epoch ?? 0;
    await until("it goes on under an epoch of its own", () => (holder.epoch ?? 0) > before);
    expect(running(all)).toEqual([holder]);
  });

  it.concurrent("two switched-off checks are needed for two to run: the wardens stop what a broken guard keeps", async () => {
    await using stack = new AsyncDisposableStack();
    // This guard believes for ever what it was granted once.
    const broken: SafetyRules = { ...SAFETY_RULES, isStillMine: () => true };
    const ask = desk(await postgres(stack));
    const all = await guards(["a", "b"], ask, stack, { rules: { a: broken } });
    const [a, b] = all;
    if (!a || !b) throw new Error("two were started");
    b.isCut = true;
    await a.firstBeat();
    b.isCut = false;
    a.isCut = true;
    const firstOfB = await b.firstBeat();
    const after = a.beats().filter((atMs) => atMs >= firstOfB);
    expect(after).toEqual([]);
  });

  it.concurrent("as many run a flex service as are wanted, and another when one is gone", async () => {
    await using stack = new AsyncDisposableStack();
    const all = await guards(["a", "b", "c"], desk(await postgres(stack)), stack, {
      topology: FLEX,
    });
    const [gone] = await settledPair(all);
    gone.isCut = true;
    const others = () => running(all).filter((one) => one !== gone);
    await until("another runs it", () => others().length === 2);
    // What needs no lease is not stopped by being cut off.
    expect(gone.state).toBe("started");
  });
});

describe("a guard whose node is drained", () => {
  it.concurrent("hands a failover service over to another, and takes it no more", async () => {
    await using stack = new AsyncDisposableStack();
    const all = await guards(["a", "b", "c"], desk(await postgres(stack)), stack);
    const holder = await holderOf(all);
    const before = holder.epoch ?? 0;
    holder.drain();
    const next = await until("another runs it", () => running(all).find((one) => one !== holder));
    expect(next.epoch).toBeGreaterThan(before);
    expect(await next.firstBeat()).toBeGreaterThan(holder.beats().at(-1) ?? Infinity);
    expect(holder.state).toBe("stopped");
  });

  it.concurrent("keeps a service that nobody else can run", async () => {
    await using stack = new AsyncDisposableStack();
    const all = await guards(["a", "b"], desk(await postgres(stack)), stack);
    const holder = await holderOf(all);
    const goesOn = (): Promise<unknown> => {
      const lastAtMs = holder.beats().at(-1) ?? 0;
      return until("it goes on", () => (holder.beats().at(-1) ?? 0) > lastAtMs + TTL_MS);
    };
    for (const other of all) if (other !== holder) other.drain();
    // By then it knows that the other takes nothing.
    await goesOn();
    holder.drain();
    await goesOn();
    expect(running(all)).toEqual([holder]);
  });

  it.concurrent("ends a flex service once another runs in its place", async () => {
    await using stack = new AsyncDisposableStack();
    const all = await guards(["a", "b", "c"], desk(await postgres(stack)), stack, {
      topology: FLEX,
    });
    const [leaving] = await settledPair(all);
    let fewest = 2;
    leaving.drain();
    await until("it left", () => {
      fewest = Math.min(fewest, running(all).length);
      return leaving.state === "stopped";
    });
    expect([fewest, running(all).length]).toEqual([2, 2]);
  });
});
