import { describe, expect, it } from "vitest";
import { collect } from "./collect.ts";
import { EventQueue } from "./event-queue.ts";

describe("EventQueue", () => {
  it("gives everything in order, then ends when closed", async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    setImmediate(() => {
      queue.push(2);
      queue.push(3);
      queue.close();
      queue.push(4);
    });
    expect(await collect(queue.read(new AbortController().signal))).toEqual([1, 2, 3]);
  });

  it("ends a reader that waits when its signal is aborted", async () => {
    const end = new AbortController();
    setImmediate(() => end.abort());
    expect(await collect(new EventQueue<number>().read(end.signal))).toEqual([]);
  });

  it("cuts a reader off that does not read", async () => {
    const queue = new EventQueue<number>();
    for (let i = 0; i < 60_000; i++) queue.push(i);
    const read = await collect(queue.read(new AbortController().signal));
    expect(read).toHaveLength(50_000);
  });
});
