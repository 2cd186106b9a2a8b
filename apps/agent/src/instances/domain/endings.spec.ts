import { describe, expect, it } from "vitest";
import { explainEnding } from "./endings.ts";

describe("the explanation of an end", () => {
  it.each([
    [{ code: 3 }, "It ended with code 3."],
    [{ code: 0 }, "It ended with code 0; a process is expected to go on running."],
    [{ code: 137, signal: "SIGKILL" }, "It was ended by SIGKILL."],
    [{}, "It ended while nobody could see how."],
  ])("of %j names the fact", (ending, text) => {
    expect(explainEnding(ending, undefined)).toBe(text);
  });

  it("names the memory limit and how to raise it", () => {
    const text = explainEnding({ code: 137, outOfMemory: true }, 64 * 1024 * 1024);
    expect(text).toContain("64 MiB");
    expect(text).toContain("limits.memoryMb");
  });
});
