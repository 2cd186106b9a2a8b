import { describe, expect, it } from "vitest";
import { merge } from "./merge.ts";

async function* from(...items: number[]): AsyncGenerator<number> {
  yield* items;
}

describe("merged sources", () => {
  it("give every item of each, in its own order", async () => {
    const found: number[] = [];
    for await (const item of merge([from(1, 2, 3), from(), from(10, 20)])) found.push(item);
    expect(found.filter((item) => item < 10)).toEqual([1, 2, 3]);
    expect(found.filter((item) => item >= 10)).toEqual([10, 20]);
  });

  it("end with the first that fails", async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error("gone");
    }
    const read = async () => {
      for await (const item of merge([failing(), from(2)])) expect(item).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toThrow("gone");
  });
});
