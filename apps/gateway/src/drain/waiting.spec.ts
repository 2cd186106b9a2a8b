import { expect, it } from "vitest";
import { Waiting } from "./waiting.ts";

it("gives up what waits for an instance and has not ended, and nobody else's", () => {
  const waiting = new Waiting();
  const [ended, waits, other] = [waiting.begin("a"), waiting.begin("a"), waiting.begin("b")];
  ended.end();
  waiting.giveUp("a");
  expect([ended, waits, other].map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
});

it("what ended before leaves a new attempt at the same instance alone", () => {
  const waiting = new Waiting();
  waiting.begin("a").end();
  const next = waiting.begin("a");
  waiting.giveUp("b");
  expect(next.signal.aborted).toBe(false);
});
