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

describe("a course with rules of its route", () => {
  const rules = (attempts: number, tryRetry = () => true) => ({ attempts, tryRetry });

  it("is sent as often as they say, and asks for room before each retry", () => {
    let asked = 0;
    const course = new Course("h", true);
    const counting = rules(5, () => ++asked <= 2);
    expect(course.failed("a", reset, counting)).toBeUndefined();
    expect(course.failed("b", reset, counting)).toBeUndefined();
    expect(course.failed("c", reset, counting)?.kind).toBe("bad-gateway");
    expect(asked).toBe(3);
    expect(new Course("h", true).failed("a", reset, rules(1))?.kind).toBe("bad-gateway");
  });

  it("asks for no room where nothing was sent, or nothing may be sent again", () => {
    const never = rules(3, () => {
      throw new Error("asked");
    });
    expect(new Course("h", true).failed("a", refused, never)).toBeUndefined();
    expect(new Course("h", false).failed("a", reset, never)?.kind).toBe("bad-gateway");
    const large = { kind: "failed", reason: "too-large", isSent: true } as const;
    expect(new Course("h", true).failed("a", large, never)?.kind).toBe("body-too-large");
  });
});
