import { describe, expect, it } from "vitest";
import { RetryBudget } from "./budget.ts";

describe("RetryBudget", () => {
  it("lets a share of the requests be retried, rounded up", () => {
    const budget = new RetryBudget();
    for (let i = 0; i < 42; i++) budget.request(0);
    const retried = Array.from({ length: 20 }, () => budget.tryRetry(20, 5_000)).filter(Boolean);
    expect(retried).toHaveLength(9);
  });

  it("lets none pass at nought, and none without requests", () => {
    const budget = new RetryBudget();
    expect(budget.tryRetry(100, 0)).toBe(false);
    budget.request(0);
    expect([budget.tryRetry(0, 0), budget.tryRetry(1, 0)]).toEqual([false, true]);
  });

  it("forgets requests and retries after ten seconds", () => {
    const budget = new RetryBudget();
    for (let i = 0; i < 10; i++) budget.request(500);
    expect(budget.tryRetry(10, 9_999)).toBe(true);
    expect(budget.tryRetry(10, 9_999)).toBe(false);
    expect(budget.tryRetry(10, 10_500)).toBe(false);
    budget.request(19_000);
    expect(budget.tryRetry(10, 20_500)).toBe(true);
  });
});
