import { describe, expect, it } from "vitest";
import { upstream } from "../table/route.fixture.ts";
import { cookieValue, stickyCookie, stickyTag, stuckTo } from "./sticky.ts";

describe("sticky cookies", () => {
  it("are marked Secure on an encrypted connection only", () => {
    expect(stickyCookie("at", "i", true)).toBe(
      `at=${stickyTag("i")}; Path=/; HttpOnly; SameSite=Lax; Secure`,
    );
    expect(stickyCookie("at", "i", false)).not.toContain("Secure");
  });

  it("lead back to the instance that they came from, and nowhere else", () => {
    const candidates = [1, 2, 3].map((port) => upstream(port));
    const [, second = upstream(9)] = candidates;
    expect(stuckTo(candidates, stickyTag(second.instance))).toBe(second);
    expect(stuckTo(candidates, second.instance)).toBeUndefined();
    expect(stuckTo(candidates, "")).toBeUndefined();
    expect(stuckTo([], stickyTag(second.instance))).toBeUndefined();
  });

  it.each([
    ["at=1", "1"],
    ["a=0; at=1; b=2", "1"],
    [" at = 1 ", "1"],
    ["xat=1; at2=2", undefined],
    ["at=1; at=2", "1"],
    ["at", undefined],
    [undefined, undefined],
  ])("are found in %j", (header, value) => expect(cookieValue(header, "at")).toBe(value));
});
