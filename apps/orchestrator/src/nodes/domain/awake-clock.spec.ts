import { expect, it } from "vitest";
import { AwakeClock } from "./awake-clock.ts";

it("moves with the time while it is looked at, and hardly over a pause", () => {
  const clock = new AwakeClock();
  clock.tick(10_000);
  expect(clock.nowMs).toBe(0);
  for (let at = 10_250; at <= 11_000; at += 250) clock.tick(at);
  expect(clock.nowMs).toBe(1_000);
  clock.tick(600_000);
  expect(clock.nowMs).toBe(1_500);
});
