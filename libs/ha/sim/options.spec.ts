import { describe, expect, test } from "vitest";
import { readOptions } from "./options.ts";

describe("the options of the simulation", () => {
  test("are two thousand seeds from the first unless told otherwise", () => {
    expect(readOptions([])).toEqual({
      seed: undefined,
      seeds: 2_000,
      first: 1,
      isWritten: false,
    });
    expect(readOptions(["--write"]).isWritten).toBe(true);
    expect(readOptions(["--seeds", "5", "--first", "7"])).toMatchObject({ seeds: 5, first: 7 });
    expect(readOptions(["--seed", "0"]).seed).toBe(0);
  });

  test.each([
    [["--seeds", "0"], "--seeds 0 is no whole number from 1"],
    [["--seed", "abc"], "--seed abc is no whole number from 0"],
    [["--seed="], "--seed  is no whole number from 0"],
    [["--first", "1.5"], "--first 1.5 is no whole number from 0"],
    [["--speed", "9"], "--speed"],
  ])("%j is refused", (args, why) => {
    expect(() => readOptions(args)).toThrow(why);
  });
});
