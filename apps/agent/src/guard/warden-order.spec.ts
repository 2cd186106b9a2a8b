import { describe, expect, it } from "vitest";
import { parseWardenOrder, parseWardenWord } from "./warden-order.ts";

const run = { kind: "run", command: ["sleep", "1"], directory: "/", environment: { A: "b" } };

describe("an order for a warden", () => {
  it.each([
    run,
    { ...run, untilMs: 12 },
    { kind: "until", untilMs: 7 },
    { kind: "stop", graceMs: 0 },
  ])("is taken: %j", (order) => {
    expect(parseWardenOrder(JSON.stringify(order))).toEqual(order);
  });

  // One that is half understood could run for ever.
  it.each([
    { ...run, untilMs: "soon" },
    { ...run, untilMs: null },
    { ...run, command: [] },
    { ...run, environment: { A: 1 } },
    { kind: "until" },
    { kind: "until", untilMs: -1 },
    { kind: "stop" },
    { kind: "go" },
    7,
  ])("is refused: %j", (order) => {
    expect(() => parseWardenOrder(JSON.stringify(order))).toThrow(TypeError);
  });
});

it("a warden's word is taken as it is, and no other", () => {
  expect(parseWardenWord('{"kind":"running","pid":7}')).toEqual({ kind: "running", pid: 7 });
  expect(() => parseWardenWord('{"kind":"running","pid":"7"}')).toThrow(TypeError);
});
