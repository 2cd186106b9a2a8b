import { EMPTY_GUARD_RECORD, Guard, SAFETY_RULES } from "@bastide/ha";
import { expect, it } from "vitest";
import { LineSplitter } from "./lines.ts";
import { parseNodeMessage } from "./node-message.ts";

it.each([
  { kind: "guard", message: { kind: "promise-ask", lease: "db", epoch: -1, voters: [] } },
  { kind: "guard", message: { kind: "seed-ask" } },
  { kind: "guard", message: { kind: "regrant-answer", lease: "db", epoch: 1, askedAtMs: 1 } },
  { kind: "heartbeat", heartbeat: {} },
  { kind: "other" },
])("refuses what no guard would say: %j", (message) => {
  expect(() => parseNodeMessage(JSON.stringify(message))).toThrow(/"path"/);
});

it("takes what guards say", () => {
  const voters = ["a", "b", "c"];
  const ask = { kind: "promise-ask", lease: "db", epoch: 3, voters };
  const message = { kind: "guard", message: ask };
  expect(parseNodeMessage(JSON.stringify(message))).toEqual(message);
});

it("understands an ask of the version before, which does not say whose votes it counts, and answers it never", () => {
  const lease = { name: "db", voters: ["a", "b", "c"], stopWithinMs: 400 };
  const settings = {
    node: "a",
    leases: [lease],
    ttlMs: 2_000,
    renewEveryMs: 400,
    retryEveryMs: 250,
  };
  const guard = new Guard(settings, EMPTY_GUARD_RECORD, 0, SAFETY_RULES);
  const answersTo = (ask: object): number => {
    const said = parseNodeMessage(JSON.stringify({ kind: "guard", message: ask }));
    return said.kind === "guard" ? guard.receive("c", said.message, 10).length : -1;
  };
  const promise = { kind: "promise-ask", lease: "db", epoch: 6 };
  const regrant = { kind: "regrant-ask", lease: "db", epoch: 6, askedAtMs: 1 };
  expect([promise, regrant].map(answersTo)).toEqual([0, 0]);
  const { voters } = lease;
  // With the set said each is a vote on record, and its answer.
  expect([promise, regrant].map((ask) => answersTo({ ...ask, voters }))).toEqual([2, 2]);
});

it("leaves aside what another node says is wanted, and what a later version says besides", () => {
  const heartbeat = {
    incarnation: 1,
    wallMs: 2,
    isReady: true,
    runs: [],
    blocked: [],
    knownEpochs: {},
  };
  const intents = {
    version: Number.MAX_SAFE_INTEGER,
    intents: { db: { service: "db", desired: { kind: "stopped" }, id: "i1" } },
  };
  const said = { kind: "heartbeat", heartbeat: { ...heartbeat, intents, later: true } };
  expect(parseNodeMessage(JSON.stringify(said))).toMatchObject({
    kind: "heartbeat",
    heartbeat: { ...heartbeat, intents: { version: 0, intents: {} } },
  });
});

it("gives lines however they were cut, and none that never ends", () => {
  const lines = new LineSplitter();
  expect(lines.push(Buffer.from("one\ntw"))).toEqual(["one"]);
  expect(lines.push(Buffer.from("o\n\nthree\n"))).toEqual(["two", "three"]);
  expect(() => lines.push(Buffer.alloc(2 ** 20 + 1, "a"))).toThrow(RangeError);
});
