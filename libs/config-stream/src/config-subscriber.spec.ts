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

/** A subscriber joined to whichever source is current, over a link that can be cut. */
class Bench {
  source = new ConfigSource({ history: HISTORY, epoch: 1 });
  state: ReadonlyMap<string, number> = new Map();
  readonly events: SubscriberEvent[] = [];
  link = new AbortController();
  readonly subscriber: ConfigSubscriber<number>;

  constructor(directory: string) {
    this.subscriber = new ConfigSubscriber<number>({
      open: (since, signal) => this.#open(since, signal),
      acknowledge: async (version, unmentioned) =>
        this.source.acknowledge("me", version, null, unmentioned),
      parse: parseNumber,
      apply: (state) => void (this.state = new Map(state)),
      lastKnownGood: new LastKnownGood(directory),
      onEvent: (event) => this.events.push(event),
    });
  }

  cut(): void {
    this.link.abort();
    this.link = new AbortController();
  }

  #open(since: StreamVersion | undefined, signal: AbortSignal): AsyncIterable<StreamMessage> {
    return this.source.subscribe("me", since, AbortSignal.any([signal, this.link.signal]));
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
    expect(bench.subscriber.connected).toBe(true);
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
