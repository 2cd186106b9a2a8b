import type { StreamMessage } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { ConfigSource } from "./config-source.ts";

const HISTORY = "01990000-0000-7000-8000-000000000001";
const make = (now?: () => number) =>
  new ConfigSource({ history: HISTORY, epoch: 3, ...(now ? { now } : {}) });

async function nextOf(stream: AsyncGenerator<StreamMessage>): Promise<StreamMessage> {
  const { value, done } = await stream.next();
  if (done === true) throw new Error("the stream ended");
  return value;
}

describe("ConfigSource", () => {
  it("gives a new subscriber everything, then each change as one delta", async () => {
    const source = make();
    const end = new AbortController();
    source.apply([{ key: "a", value: 1 }]);
    const stream = source.subscribe("gw", undefined, end.signal);
    expect(await nextOf(stream)).toMatchObject({
      type: "snapshot",
      changes: [{ key: "a", value: 1 }],
    });
    const next = nextOf(stream);
    source.apply([
      { key: "b", value: 2 },
      { key: "a", tombstone: true },
    ]);
    expect(await next).toMatchObject({
      type: "delta",
      after: { sequence: 1 },
      version: { sequence: 2 },
      changes: [
        { key: "b", value: 2 },
        { key: "a", tombstone: true },
      ],
    });
    end.abort();
  });

  it("resumes from a version of its own epoch and starts over for any other", async () => {
    const source = make();
    const end = new AbortController();
    source.apply([{ key: "a", value: 1 }]);
    const seen = source.version;
    source.apply([{ key: "b", value: 2 }]);
    const resumed = await nextOf(source.subscribe("x", seen, end.signal));
    const older = await nextOf(source.subscribe("y", { ...seen, epoch: 2 }, end.signal));
    expect(resumed).toMatchObject({ type: "delta", changes: [{ key: "b" }] });
    expect(older.type).toBe("snapshot");
    end.abort();
  });

  it("says at once that nothing changed to a subscriber that has everything", async () => {
    const source = make();
    const end = new AbortController();
    source.apply([{ key: "a", value: 1 }]);
    const stream = source.subscribe("x", source.version, end.signal);
    expect(await nextOf(stream)).toEqual({ type: "heartbeat", version: source.version });
    const next = nextOf(stream);
    source.apply([{ key: "b", value: 2 }]);
    expect(await next).toMatchObject({ type: "delta", after: { sequence: 1 } });
    end.abort();
  });

  it("is not acknowledged while nobody is there", () => {
    const source = make();
    expect(source.isAcknowledged(source.apply([{ key: "a", value: 1 }]))).toBe(false);
  });

  it("is acknowledged when every live subscriber has said so", async () => {
    let now = 0;
    const source = make(() => now);
    const version = source.apply([{ key: "a", value: 1 }]);
    const [one, two] = [new AbortController(), new AbortController()];
    const streams = [
      source.subscribe("one", undefined, one.signal),
      source.subscribe("two", undefined, two.signal),
    ];
    for (const stream of streams) await nextOf(stream);
    source.acknowledge("one", version, null);
    expect(source.isAcknowledged(version)).toBe(false);
    two.abort();
    await streams[1]?.return(undefined);
    expect(source.isAcknowledged(version)).toBe(false);
    now += 10_001;
    expect(source.isAcknowledged(version)).toBe(true);
  });

  it("waits no more for one that was dropped, whose stream ends, until it is back", async () => {
    const source = make();
    const version = source.apply([{ key: "a", value: 1 }]);
    const end = new AbortController();
    const [living, dead] = ["living", "dead"].map((name) =>
      source.subscribe(name, undefined, end.signal),
    );
    for (const stream of [living, dead]) await stream?.next();
    source.acknowledge("living", version, null);
    expect(source.isAcknowledged(version)).toBe(false);
    const rest = dead?.next();
    source.drop("dead");
    expect((await rest)?.done).toBe(true);
    expect(source.isAcknowledged(version)).toBe(true);
    await source.subscribe("dead", undefined, end.signal).next();
    expect(source.isAcknowledged(version)).toBe(false);
    end.abort();
  });

  it("ignores an acknowledgement older than the last", () => {
    const source = make();
    const old = source.apply([{ key: "a", value: 1 }]);
    const young = source.apply([{ key: "a", value: 2 }]);
    source.acknowledge("gw", young, { busy: [] });
    source.acknowledge("gw", old, { busy: ["x"] });
    expect(source.subscribers().get("gw")).toMatchObject({ version: young, report: { busy: [] } });
  });

  it("buries a key from before its epoch only when it is known to be deleted", () => {
    const source = new ConfigSource({
      history: HISTORY,
      epoch: 3,
      isDeleted: (key) => key === "gone",
    });
    const version = source.apply([{ key: "here", value: 1 }]);
    source.acknowledge("gw", version, null, ["gone", "unknown", "here"]);
    expect(source.entries()).toEqual(new Map([["here", 1]]));
    expect(source.version.sequence).toBe(2);
  });

  it("wakes who waits for an acknowledgement, and gives up by the signal", async () => {
    const source = make();
    const version = source.apply([{ key: "a", value: 1 }]);
    const waiting = source.waitForAcknowledgement(version, AbortSignal.timeout(5_000));
    source.acknowledge("gw", version, null);
    await waiting;
    const later = source.apply([{ key: "a", value: 2 }]);
    await expect(
      source.waitForAcknowledgement(later, AbortSignal.abort(new Error("given up"))),
    ).rejects.toThrow("given up");
  });
});
