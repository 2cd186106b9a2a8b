import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StreamMessage, StreamVersion } from "@bastide/contracts";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConfigSource } from "./config-source.ts";
import { ConfigSubscriber, type SubscriberEvent } from "./config-subscriber.ts";
import { LastKnownGood } from "./last-known-good.ts";

const HISTORY = "01990000-0000-7000-8000-000000000001";
const OTHER = "01990000-0000-7000-8000-000000000002";

function parseNumber(_: string, value: unknown): number {
  if (typeof value !== "number") throw new TypeError("not a number");
  return value;
}

type Delta = Extract<StreamMessage, { type: "delta" }>;

const after = (delta: Delta, other: Partial<StreamVersion>): Delta => ({
  ...delta,
  after: { ...delta.after, ...other },
});

/** A subscriber joined to whichever source is current, over a link that can be cut, and that can spoil a message. */
class Bench {
  source = new ConfigSource({ history: HISTORY, epoch: 1 });
  state: ReadonlyMap<string, number> = new Map();
  readonly events: SubscriberEvent[] = [];
  link = new AbortController();
  /** What arrives of the next delta; undefined: nothing. Deltas after it arrive as they are. */
  spoil: ((delta: Delta) => Delta | undefined) | undefined;
  /** What arrives before the next stream's own messages. */
  before: StreamMessage[] = [];
  onEvent: (event: SubscriberEvent) => void = () => {};
  readonly subscriber: ConfigSubscriber<number>;

  constructor(directory: string) {
    this.subscriber = new ConfigSubscriber<number>({
      open: (since, signal) => this.#open(since, signal),
      acknowledge: async (version, unmentioned) =>
        this.source.acknowledge("me", version, null, unmentioned),
      parse: parseNumber,
      apply: (state) => void (this.state = new Map(state)),
      lastKnownGood: new LastKnownGood(directory),
      onEvent: (event) => {
        this.events.push(event);
        this.onEvent(event);
      },
    });
  }

  cut(): void {
    this.link.abort();
    this.link = new AbortController();
  }

  async *#open(
    since: StreamVersion | undefined,
    signal: AbortSignal,
  ): AsyncIterable<StreamMessage> {
    const ended = AbortSignal.any([signal, this.link.signal]);
    yield* this.before.splice(0);
    for await (const message of this.source.subscribe("me", since, ended)) {
      const arrived = this.#arrived(message);
      if (arrived) yield arrived;
    }
  }

  #arrived(message: StreamMessage): StreamMessage | undefined {
    const { spoil } = this;
    if (message.type !== "delta" || !spoil) return message;
    this.spoil = undefined;
    return spoil(message);
  }
}

describe("ConfigSubscriber", () => {
  let directory: string;
  let bench: Bench;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "bastide-subscriber-"));
    bench = new Bench(directory);
  });
  afterEach(async () => {
    await bench.subscriber.stop();
    await rm(directory, { recursive: true });
  });

  it("applies, acknowledges and follows", async () => {
    await bench.subscriber.start();
    const version = bench.source.apply([{ key: "a", value: 1 }]);
    await bench.source.waitForAcknowledgement(version, AbortSignal.timeout(5_000));
    expect(bench.state).toEqual(new Map([["a", 1]]));
    await vi.waitFor(() => expect(bench.subscriber.connected).toBe(true));
  });

  it("refuses a message whole when one of its values does not parse", async () => {
    bench.source.apply([{ key: "a", value: 1 }]);
    await bench.subscriber.start();
    await vi.waitFor(() => expect(bench.state.size).toBe(1));
    bench.source.apply([
      { key: "a", value: 2 },
      { key: "b", value: "two" },
    ]);
    await vi.waitFor(() => expect(bench.events.some(({ type }) => type === "rejected")).toBe(true));
    expect(bench.state).toEqual(new Map([["a", 1]]));
    bench.source.apply([{ key: "b", value: 3 }]);
    await vi.waitFor(() => expect(bench.state.get("b")).toBe(3));
    expect(bench.state.get("a")).toBe(2);
  });

  it.each<[string, (delta: Delta) => Delta | undefined]>([
    ["follows a version that is yet to come", (delta) => ({ ...delta, after: delta.version })],
    ["follows a version that is long past", (delta) => after(delta, { sequence: 0 })],
    ["follows another epoch's version", (delta) => after(delta, { epoch: 2 })],
    ["comes after one that was lost", () => undefined],
  ])("refuses a delta whole that %s, and asks again from what it holds", async (_, spoil) => {
    const [a, b] = [
      { key: "a", value: 1 },
      { key: "b", value: 2 },
    ];
    bench.source.apply([a, b]);
    await bench.subscriber.start();
    await vi.waitFor(() => expect(bench.state.size).toBe(2));
    const held = bench.subscriber.version;
    const atDisconnect: unknown[] = [];
    bench.onEvent = ({ type }) => {
      if (type === "disconnected") atDisconnect.push([bench.subscriber.version, bench.state]);
    };
    bench.spoil = spoil;
    bench.source.apply([{ key: "a", value: 3 }]);
    await vi.waitFor(() => expect(bench.spoil).toBeUndefined());
    const version = bench.source.apply([
      { key: "b", tombstone: true },
      { key: "c", value: 4 },
    ]);
    await bench.source.waitForAcknowledgement(version, AbortSignal.timeout(5_000));
    expect(atDisconnect).toEqual([[held, new Map(Object.entries({ a: 1, b: 2 }))]]);
    expect(bench.events).toContainEqual({
      type: "disconnected",
      reason: expect.stringContaining("out of order"),
    });
    expect(bench.state).toEqual(new Map(Object.entries({ a: 3, c: 4 })));
  });

  it("refuses a delta that comes before any snapshot", async () => {
    bench.source.apply([{ key: "a", value: 1 }]);
    const { version } = bench.source;
    bench.before = [{ type: "delta", version, after: version, changes: [{ key: "b", value: 2 }] }];
    await bench.subscriber.start();
    await vi.waitFor(() => expect(bench.state).toEqual(new Map([["a", 1]])));
    expect(bench.before).toEqual([]);
  });

  it("goes on from its last known good state when nobody answers", async () => {
    bench.source.apply([{ key: "a", value: 7 }]);
    await bench.subscriber.start();
    await vi.waitFor(() => expect(bench.state.size).toBe(1));
    await bench.subscriber.stop();
    const alone = new ConfigSubscriber<number>({
      // oxlint-disable-next-line require-yield -- a control plane that is gone yields nothing
      open: async function* () {
        throw new Error("connection refused");
      },
      acknowledge: async () => {},
      parse: parseNumber,
      apply: (state) => void (bench.state = state),
      lastKnownGood: new LastKnownGood(directory),
    });
    bench.state = new Map();
    await alone.start();
    expect(bench.state).toEqual(new Map([["a", 7]]));
    await alone.stop();
  });

  it("keeps a key that a new epoch does not mention until it is buried", async () => {
    bench.source.apply([
      { key: "kept", value: 1 },
      { key: "deleted", value: 2 },
    ]);
    await bench.subscriber.start();
    await vi.waitFor(() => expect(bench.state.size).toBe(2));
    bench.source = new ConfigSource({
      history: HISTORY,
      epoch: 2,
      isDeleted: (key) => key === "deleted",
    });
    bench.cut();
    await vi.waitFor(() => expect([...bench.state.keys()]).toEqual(["kept"]));
  });

  it("holds what it has when another history is offered", async () => {
    bench.source.apply([{ key: "a", value: 1 }]);
    await bench.subscriber.start();
    await vi.waitFor(() => expect(bench.state.size).toBe(1));
    bench.source = new ConfigSource({ history: OTHER, epoch: 1 });
    bench.source.apply([{ key: "a", tombstone: true }]);
    bench.cut();
    await vi.waitFor(() =>
      expect(bench.events).toContainEqual({ type: "history-held", held: HISTORY, offered: OTHER }),
    );
    expect(bench.state).toEqual(new Map([["a", 1]]));
  });

  it("converges after any mix of changes, cuts and restarts of the source", async () => {
    await bench.subscriber.start();
    const step = fc.oneof(
      fc.record({ key: fc.constantFrom("a", "b", "c"), value: fc.nat(9) }),
      fc.record({ key: fc.constantFrom("a", "b", "c"), tombstone: fc.constant(true as const) }),
      fc.constant("cut" as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const next of steps) {
          if (next === "cut") bench.cut();
          else bench.source.apply([next]);
        }
        await bench.source.waitForAcknowledgement(bench.source.version, AbortSignal.timeout(5_000));
        expect(bench.state).toEqual(bench.source.entries());
      }),
      { numRuns: 30 },
    );
  });
});
