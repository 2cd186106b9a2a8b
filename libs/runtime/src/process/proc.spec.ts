import { describe, expect, it } from "vitest";
import { isAlive, parseStat, signalProcess, statOf } from "./proc.ts";

const FIELDS =
  "S 1 40 40 0 -1 4194560 100 0 0 0 7 3 0 0 20 0 1 0 323094 10000 50 18446744073709551615";

describe("/proc/<pid>/stat", () => {
  it("is read past a name with spaces and parentheses", () => {
    expect(parseStat(`42 (evil) S 9 (x) ${FIELDS}\n`)).toEqual({
      pid: 42,
      state: "S",
      parent: 1,
      session: 40,
      userTicks: 7,
      systemTicks: 3,
      startTicks: 323094,
    });
  });

  it("is nothing where it is not one", () => {
    expect(parseStat("")).toBeUndefined();
    expect(parseStat("42 (cut")).toBeUndefined();
    expect(parseStat("42 (short) S 1 2")).toBeUndefined();
  });
});

describe("a process's identity", () => {
  const own = statOf(process.pid);

  it("is its number and its start together", () => {
    expect(own && isAlive(own)).toBe(true);
    expect(own && isAlive({ ...own, startTicks: own.startTicks - 1 })).toBe(false);
  });

  it("protects whoever has the number now from signals", () => {
    expect(signalProcess({ pid: process.pid, startTicks: 1 }, "SIGKILL")).toBe(false);
  });
});
