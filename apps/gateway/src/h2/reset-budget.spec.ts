import { beforeEach, expect, it } from "vitest";
import { ResetBudget } from "./reset-budget.ts";

let nowMs = 0;
let budget: ResetBudget;
beforeEach(() => {
  nowMs = 0;
  budget = new ResetBudget(() => nowMs);
});

/** How many resets are allowed at once. */
function spendAll(): number {
  let spent = 0;
  while (budget.trySpend()) spent += 1;
  return spent;
}

it("of a new session is small, and comes back with time", () => {
  expect(spendAll()).toBe(20);
  nowMs += 500;
  expect(spendAll()).toBe(10);
  nowMs += 60_000;
  expect(spendAll()).toBe(20);
});

it("grows with each stream that was answered, up to a bound", () => {
  for (let i = 0; i < 30; i++) budget.earn();
  expect(spendAll()).toBe(50);
  for (let i = 0; i < 1_000; i++) budget.earn();
  expect(spendAll()).toBe(50);
  nowMs += 60_000;
  expect(spendAll()).toBe(100);
});
