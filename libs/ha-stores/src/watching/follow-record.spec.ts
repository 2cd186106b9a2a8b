import { type LeaseRecord, LeaseStoreUnavailable } from "@bastide/ha";
import { expect, it } from "vitest";
import { followRecord, type Look, type RecordSource } from "./follow-record.ts";

const NEVER_MS = 2 ** 30;
const record = (epoch: number, holder?: string): LeaseRecord =>
  holder === undefined ? { name: "l", epoch } : { name: "l", epoch, holder };

/** A source that is told what is to be seen, and counts how often it was asked to listen. */
class Source implements RecordSource {
  present: Look | Error = { record: undefined };
  looks = 0;
  listens = 0;
  ring: () => void = () => undefined;
  onLook: () => void = () => undefined;

  async look(): Promise<Look> {
    this.looks += 1;
    this.onLook();
    if (this.present instanceof Error) throw this.present;
    return this.present;
  }

  listen(ring: () => void, signal: AbortSignal): Promise<void> {
    this.listens += 1;
    this.ring = ring;
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  }

  show(look: Look | Error): void {
    this.present = look;
    this.ring();
  }
}

function follow(source: Source, rereadMs = NEVER_MS) {
  const controller = new AbortController();
  return { records: followRecord(source, rereadMs, controller.signal), controller };
}

it("shows the present record, then a later one when it is called", async () => {
  const source = new Source();
  const { records, controller } = follow(source);
  expect(await records.next()).toEqual({ value: undefined, done: false });
  const next = records.next();
  source.show({ record: record(1, "a") });
  expect((await next).value).toEqual(record(1, "a"));
  controller.abort();
  expect((await records.next()).done).toBe(true);
});

it("shows the same record once, however often it is called", async () => {
  const source = new Source();
  const { records, controller } = follow(source);
  source.present = { record: record(1) };
  await records.next();
  const next = records.next();
  source.onLook = () => {
    if (source.looks === 4) source.present = { record: record(2) };
    queueMicrotask(() => source.ring());
  };
  source.ring();
  expect((await next).value).toEqual(record(2));
  controller.abort();
});

it("throws when its first look finds the store away", async () => {
  const source = new Source();
  source.present = new LeaseStoreUnavailable("away");
  await expect(follow(source).records.next()).rejects.toThrow("away");
});

it("goes on after the store was away", async () => {
  const source = new Source();
  const { records, controller } = follow(source, 5);
  await records.next();
  source.present = new LeaseStoreUnavailable("away");
  source.onLook = () => {
    if (source.looks > 3) source.present = { record: record(2) };
  };
  expect((await records.next()).value).toEqual(record(2));
  controller.abort();
});

it("tells of what is no outage", async () => {
  const source = new Source();
  const { records } = follow(source);
  await records.next();
  const next = records.next();
  source.show(new TypeError("a fault of ours"));
  await expect(next).rejects.toThrow("a fault of ours");
});

it("finds a change that nobody called for, and listens anew", async () => {
  const source = new Source();
  const { records, controller } = follow(source, 5);
  await records.next();
  source.present = { record: record(3) };
  expect((await records.next()).value).toEqual(record(3));
  source.onLook = () => {
    if (source.listens === 2) source.present = { record: record(4) };
  };
  expect((await records.next()).value).toEqual(record(4));
  controller.abort();
});

it("looks when a lease's time is up, and does not take that for a call that was missed", async () => {
  const source = new Source();
  source.present = { record: record(1, "a"), endsInMs: 5 };
  const { records, controller } = follow(source);
  await records.next();
  source.present = { record: record(1) };
  expect((await records.next()).value).toEqual(record(1));
  expect(source.listens).toBe(1);
  controller.abort();
});

it("stops listening when its reader stops reading", async () => {
  const source = new Source();
  const { records } = follow(source);
  await records.next();
  await records.return();
  expect(await records.next()).toEqual({ value: undefined, done: true });
});
