import { describe, expect, it } from "vitest";
import { BuildQueue } from "./build-queue.ts";

describe("the build queue", () => {
  const never = new AbortController().signal;

  it("runs no more than its limit at once", async () => {
    const queue = new BuildQueue(2);
    let [running, most] = [0, 0];
    const task = async (): Promise<void> => {
      most = Math.max(most, (running += 1));
      await new Promise(setImmediate);
      running -= 1;
    };
    await Promise.all(
      Array.from({ length: 9 }, (_, index) => queue.run(`p${index % 3}`, task, never)),
    );
    expect(most).toBe(2);
  });

  it("takes projects in turn, whoever asked most", async () => {
    const queue = new BuildQueue(1);
    const order: string[] = [];
    const task = (name: string) => async (): Promise<void> => void order.push(name);
    await Promise.all([
      queue.run("greedy", task("g1"), never),
      queue.run("greedy", task("g2"), never),
      queue.run("greedy", task("g3"), never),
      queue.run("modest", task("m1"), never),
    ]);
    expect(order).toEqual(["g1", "g2", "m1", "g3"]);
  });

  it("forgets who gave up, and goes on with the next", async () => {
    const queue = new BuildQueue(1);
    const gate = Promise.withResolvers<void>();
    const first = queue.run("a", () => gate.promise, never);
    const giveUp = new AbortController();
    const second = queue.run("a", async () => "second", giveUp.signal);
    const third = queue.run("b", async () => "third", never);
    giveUp.abort(new Error("gone"));
    await expect(second).rejects.toThrow("gone");
    gate.resolve();
    await first;
    expect(await third).toBe("third");
  });

  it("gives the turn on when a task fails", async () => {
    const queue = new BuildQueue(1);
    const failing = queue.run("a", () => Promise.reject(new Error("broken")), never);
    const next = queue.run("a", async () => "next", never);
    await expect(failing).rejects.toThrow("broken");
    expect(await next).toBe("next");
  });
});
