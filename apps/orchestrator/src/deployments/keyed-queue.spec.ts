import { describe, expect, it } from "vitest";
import { KeyedQueue } from "./keyed-queue.ts";

/** A queue whose tasks end when the test says so. */
function make(concurrency: number) {
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = new KeyedQueue<string>((key) => {
    log.push(key);
    return new Promise((resolve) => ends.set(key, resolve));
  }, concurrency);
  const end = async (key: string) => {
    ends.get(key)?.();
    await new Promise(setImmediate);
  };
  return { queue, log, end };
}

describe("KeyedQueue", () => {
  it("never runs a key twice at a time, and once more when it was asked for meanwhile", async () => {
    const { queue, log, end } = make(4);
    for (let i = 0; i < 5; i++) queue.push("a");
    expect(log).toEqual(["a"]);
    await end("a");
    expect(log).toEqual(["a", "a"]);
    await end("a");
    expect(log).toEqual(["a", "a"]);
  });

  it("runs other keys meanwhile, up to its limit, in the order of asking", async () => {
    const { queue, log, end } = make(2);
    for (const key of ["a", "b", "c", "d"]) queue.push(key);
    expect(log).toEqual(["a", "b"]);
    await end("b");
    expect(log).toEqual(["a", "b", "c"]);
  });

  it("takes nothing more once stopped and waits for what runs", async () => {
    const { queue, log, end } = make(1);
    queue.push("a");
    queue.push("b");
    const stopped = queue.stop();
    queue.push("c");
    await end("a");
    await stopped;
    expect(log).toEqual(["a"]);
  });
});
