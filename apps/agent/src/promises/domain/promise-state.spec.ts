import type { PromiseSpec } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import {
  afterProbe,
  isKept,
  nextProbeMs,
  type PromiseState,
  unasked,
  verdictOf,
} from "./promise-state.ts";

const http: PromiseSpec = { kind: "http", path: "/health", timeoutSeconds: 2, everySeconds: 5 };
const kept = { kept: true, message: "" };
const broken = { kept: false, message: "GET /health answered 500" };
const asked = (...results: (typeof kept)[]): PromiseState =>
  results.reduce(afterProbe, unasked(http, false));

describe("a promise", () => {
  it("is pending until it is kept for the first time, however often it is broken before", () => {
    expect(verdictOf([asked()])).toBe("pending");
    expect(verdictOf([asked(broken, broken, broken, broken)])).toBe("pending");
    expect(verdictOf([asked(broken, kept)])).toBe("kept");
  });

  it("forgives one failure, is broken after two and beyond repair after three in a row", () => {
    expect(verdictOf([asked(kept, broken)])).toBe("kept");
    expect(verdictOf([asked(kept, broken, broken)])).toBe("broken");
    expect(verdictOf([asked(kept, broken, broken, broken)])).toBe("beyond-repair");
    expect(verdictOf([asked(kept, broken, broken, kept, broken)])).toBe("kept");
  });

  it("counts with all others: each must be kept, and the worst decides", () => {
    expect(verdictOf([asked(kept), asked()])).toBe("pending");
    expect(verdictOf([asked(kept), asked(kept, broken, broken)])).toBe("broken");
    expect(verdictOf([])).toBe("kept");
  });

  it("of an adopted ready run counts as kept until it was asked", () => {
    expect(verdictOf([unasked(http, true)])).toBe("kept");
    expect(isKept(unasked(http, true))).toBe(true);
    expect(isKept(unasked(http, false))).toBe(false);
  });

  it("is asked often while somebody waits for the start, as agreed while kept, soon when just broken", () => {
    expect(nextProbeMs(http, asked(broken), 100)).toBeLessThanOrEqual(20);
    expect(nextProbeMs(http, asked(broken), 10_000)).toBeLessThanOrEqual(100);
    expect(nextProbeMs(http, asked(kept), 100)).toBe(5000);
    expect(nextProbeMs(http, asked(kept, broken), 60_000)).toBe(1000);
  });
});
