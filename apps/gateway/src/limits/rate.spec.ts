import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BucketTotal, RateBuckets } from "./rate.ts";

const limit = (requests: number, perSeconds: number, burst?: number) => ({
  requests,
  perSeconds,
  by: "client" as const,
  ...(burst === undefined ? {} : { burst }),
});
const fresh = () => new RateBuckets(new BucketTotal());

describe("RateBuckets", () => {
  it("let a burst pass, then one for each refilled token", () => {
    const buckets = fresh();
    const ten = limit(10, 1);
    for (let i = 9; i >= 0; i--)
      expect(buckets.take("k", ten, 1_000)).toMatchObject({ isAllowed: true, remaining: i });
    expect(buckets.take("k", ten, 1_000)).toEqual({
      isAllowed: false,
      remaining: 0,
      retrySeconds: 1,
      resetSeconds: 1,
    });
    expect(buckets.take("k", ten, 1_099).isAllowed).toBe(false);
    expect(buckets.take("k", ten, 1_100).isAllowed).toBe(true);
    expect(buckets.take("k", ten, 1_100).isAllowed).toBe(false);
    expect(buckets.take("other", ten, 1_100).isAllowed).toBe(true);
  });

  it("say when the next one may come", () => {
    const buckets = fresh();
    const slow = limit(1, 60);
    buckets.take("k", slow, 0);
    expect(buckets.take("k", slow, 500).retrySeconds).toBe(60);
    expect(buckets.take("k", slow, 59_500)).toMatchObject({ isAllowed: false, retrySeconds: 1 });
  });

  it("take a smaller or larger limit over as it is set", () => {
    const buckets = fresh();
    for (let i = 0; i < 100; i++) buckets.take("k", limit(100, 100), 0);
    expect(buckets.take("k", limit(2, 2), 0)).toMatchObject({ isAllowed: false, retrySeconds: 1 });
    expect(buckets.take("k", limit(2, 2), 1_000).isAllowed).toBe(true);
  });

  it("never let more pass than the burst and what was refilled", () => {
    const waits = fc.array(fc.nat(400), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(
        waits,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 30 }),
        (pauses, requests, perSeconds, burst) => {
          const buckets = fresh();
          let nowMs = 5_000;
          let passed = 0;
          for (const pause of pauses) {
            nowMs += pause;
            if (buckets.take("k", limit(requests, perSeconds, burst), nowMs).isAllowed) passed += 1;
          }
          const refilled = ((nowMs - 5_000) / 1000 / perSeconds) * requests;
          expect(passed).toBeLessThanOrEqual(burst + refilled + 1e-6);
        },
      ),
    );
  });

  it("are bounded, in one route and in all, and drop what is full first", () => {
    const total = new BucketTotal(50);
    const [one, two] = [new RateBuckets(total, 30), new RateBuckets(total, 30)];
    for (let i = 0; i < 1_000; i++) one.take(`k${i}`, limit(1, 60), 0);
    for (let i = 0; i < 1_000; i++) two.take(`k${i}`, limit(1, 60), 0);
    expect([one.size, two.size, total.count]).toEqual([30, 20, 50]);
    // An attack on one route makes no other route forget.
    expect(one.take("k999", limit(1, 60), 0).isAllowed).toBe(false);
    for (let i = 0; i < 40; i++) one.take(`later${i}`, limit(1, 60), 120_000 + i);
    expect(total.count).toBeLessThanOrEqual(50);
    one.clear();
    two.clear();
    expect(total.count).toBe(0);
  });
});
