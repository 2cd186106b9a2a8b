import { expect, it } from "vitest";
import { EPOCHS_PER_LIFE } from "../leases/epochs.ts";
import { SAFETY_RULES } from "../safety-rules.ts";
import { Guard, type GuardedLease } from "./guard.ts";
import { EMPTY_GUARD_RECORD, type GuardRecord, type StoreAsk } from "./guard-message.ts";

const TTL_MS = 2_000;
const FLOOR = EPOCHS_PER_LIFE;
const lease = (voters: readonly string[]): GuardedLease => ({
  name: "db",
  voters,
  stopWithinMs: 400,
});

const guardOf = (record: GuardRecord = EMPTY_GUARD_RECORD): Guard =>
  new Guard(
    { node: "a", leases: [], ttlMs: TTL_MS, renewEveryMs: 400, retryEveryMs: 250 },
    record,
    0,
    SAFETY_RULES,
  );

/** Asks for the lease, and is granted it under this epoch. */
function hold(guard: Guard, epoch: number, nowMs: number): void {
  guard.seek("db");
  const asks = (): StoreAsk[] =>
    guard.step(nowMs).flatMap((effect) => (effect.kind === "ask" ? [effect.ask] : []));
  for (const ask of asks()) {
    if (ask.kind !== "lease" || ask.command.kind !== "acquire") continue;
    const { name, holder, ttlMs } = ask.command.request;
    const grant = { name, holder, ttlMs, epoch };
    const acquisition = { kind: "acquisition", answer: { kind: "granted", grant } } as const;
    for (const effect of guard.onAnswer(ask, acquisition, nowMs))
      if (effect.kind === "ask") guard.onAnswer(effect.ask, { kind: "seed", floor: FLOOR }, nowMs);
  }
  guard.step(nowMs);
}

it("takes up leases that are new, and is asked for them", () => {
  const guard = guardOf();
  expect(guard.keep([lease(["a", "b"])], 0)).toBe(true);
  hold(guard, FLOOR + 1, 10);
  expect(guard.view("db", 20)).toEqual({ kind: "mine", epoch: FLOOR + 1 });
});

it("does not change the candidates of a lease under which it acts, and does so after", () => {
  const guard = guardOf();
  guard.keep([lease(["a", "b"])], 0);
  hold(guard, FLOOR + 1, 10);
  expect(guard.keep([lease(["a", "b", "c"])], 20)).toBe(false);
  expect(guard.view("db", 20)).toEqual({ kind: "mine", epoch: FLOOR + 1 });
  guard.giveUp("db");
  expect(guard.keep([lease(["a", "b", "c"])], 30)).toBe(true);
  expect(guard.view("db", 30)).toEqual({ kind: "not-mine" });
});

it("knows after a change of candidates what it promised and heard before", () => {
  const guard = guardOf({ votes: { db: { epoch: 7, holder: "b" } }, knownEpochs: { db: 9 } });
  guard.keep([lease(["a", "b"])], 0);
  guard.keep([lease(["a", "b", "c"])], 10);
  expect(guard.knownEpochs()).toEqual({ db: 9 });
  const voters = ["a", "b", "c"];
  const ask = { kind: "promise-ask", lease: "db", voters, epoch: 6 } as const;
  const [, answer] = guard.receive("c", ask, 20);
  expect(answer).toMatchObject({ message: { answer: { kind: "refused", epoch: 7 } } });
});

it("asks the candidates of leases that it took up later to promise a new life of the store", () => {
  const guard = guardOf();
  guard.keep([lease(["a", "b", "c"])], 0);
  guard.onAnswer({ kind: "poll-seed" }, { kind: "seed", floor: undefined }, 0);
  const asked = new Set<string>();
  for (let nowMs = 0; nowMs < 4 * TTL_MS; nowMs += 100)
    for (const effect of guard.step(nowMs)) {
      if (effect.kind === "send" && effect.message.kind === "seed-ask") asked.add(effect.to);
      if (effect.kind !== "ask" || effect.ask.kind !== "seed") continue;
      const { command } = effect.ask;
      if (command.kind === "seed-record")
        guard.onAnswer(effect.ask, { kind: "recorded", floor: FLOOR }, nowMs);
      if (command.kind !== "seed-acquire") continue;
      const grant = { ...command.request, epoch: 1 };
      const granted = { kind: "acquisition", answer: { kind: "granted", grant } } as const;
      guard.onAnswer(effect.ask, granted, nowMs);
    }
  expect([...asked].toSorted()).toEqual(["a", "b", "c"]);
});

it("answers nobody who counts the candidates otherwise, and whoever counts them alike", () => {
  const guard = guardOf();
  guard.keep([lease(["a", "b", "c"])], 0);
  const asks = (voters: readonly string[]) => [
    guard.receive("c", { kind: "promise-ask", lease: "db", voters, epoch: 6 }, 10),
    guard.receive("c", { kind: "regrant-ask", lease: "db", voters, epoch: 6, askedAtMs: 1 }, 20),
  ];
  expect(asks(["a", "b", "c", "d", "e"])).toEqual([[], []]);
  expect(asks(["c", "b", "a"]).map(({ length }) => length)).toEqual([2, 2]);
});

it("goes on with a seeding that is under way when it is told again what it keeps", () => {
  const guard = guardOf();
  const begun: number[] = [];
  guard.onAnswer({ kind: "poll-seed" }, { kind: "seed", floor: undefined }, 0);
  for (let nowMs = 0; nowMs < 4 * TTL_MS; nowMs += 100) {
    guard.keep([lease(["a", "b", "c"])], nowMs);
    for (const effect of guard.step(nowMs)) {
      if (effect.kind !== "ask" || effect.ask.kind !== "seed") continue;
      const { command } = effect.ask;
      if (command.kind === "seed-record")
        guard.onAnswer(effect.ask, { kind: "recorded", floor: FLOOR }, nowMs);
      if (command.kind !== "seed-acquire") continue;
      begun.push(nowMs);
      const grant = { ...command.request, epoch: 1 };
      const granted = { kind: "acquisition", answer: { kind: "granted", grant } } as const;
      guard.onAnswer(effect.ask, granted, nowMs);
    }
  }
  expect(begun).toEqual([0]);
});
