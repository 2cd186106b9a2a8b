import { describe, expect, it } from "vitest";
import { Course } from "./course.ts";

const refused = { kind: "failed", reason: "unreachable", isSent: false } as const;
const reset = { kind: "failed", reason: "reset", isSent: true } as const;

describe("Course", () => {
  it("goes on for any request that reached nobody, as often as it takes", () => {
    const course = new Course("h", false);
    for (let i = 0; i < 50; i++) expect(course.failed("a", refused)).toBeUndefined();
  });

  it("sends a repeatable request again after a reset, but not to everybody", () => {
    const course = new Course("h", true);
    expect(course.failed("a", reset)).toBeUndefined();
    expect(course.failed("b", reset)).toBeUndefined();
    expect(course.failed("c", reset)?.kind).toBe("bad-gateway");
  });

  it("never sends another request twice", () => {
    expect(new Course("h", false).failed("a", reset)?.kind).toBe("bad-gateway");
  });

  it("does not repeat what took too long or was no HTTP", () => {
    const course = new Course("h", true);
    const failure = { kind: "failed", isSent: true } as const;
    expect(course.failed("a", { ...failure, reason: "timeout" })?.kind).toBe("gateway-timeout");
    expect(course.failed("a", { ...failure, reason: "invalid" })?.kind).toBe("bad-gateway");
  });

  it("has one budget of waiting, and may try everybody again after it", () => {
    const course = new Course("h", true);
    course.failed("a", refused);
    expect(course.hasTried("a")).toBe(true);
    expect(course.waitUntil(1_000, 3_000)).toBe(4_000);
    expect(course.hasTried("a")).toBe(false);
    expect(course.waitUntil(2_500, 3_000)).toBe(4_000);
  });
});
