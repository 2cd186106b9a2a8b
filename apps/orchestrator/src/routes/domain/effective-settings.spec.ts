import type { RouteAuthorization } from "@bastide/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectiveSettings, type PathRule } from "./effective-settings.ts";

const policy: RouteAuthorization = {
  kind: "biscuit",
  policy: "allow if true",
  identity: "token",
  staleAfterSeconds: 300,
};

describe("effectiveSettings", () => {
  it("come from the longest path that says something, key by key and limit by limit", () => {
    const rules: PathRule[] = [
      { path: "/api", settings: { limits: { bodyBytes: 2 }, balance: "weighted" } },
      {
        path: "/",
        settings: { limits: { bodyBytes: 1, answerSeconds: 5 }, authorization: policy },
      },
      { path: "/api/v1", settings: { balance: "least-loaded" } },
      { path: "/ap", settings: { stickyCookie: "other" } },
    ];
    expect(effectiveSettings(rules, "/api/v1")).toEqual({
      authorization: policy,
      limits: { bodyBytes: 2, answerSeconds: 5 },
      balance: "least-loaded",
    });
    expect(effectiveSettings(rules, "/")).toEqual(rules[1]?.settings);
    expect(effectiveSettings([], "/")).toEqual({});
  });

  it("leave nothing open below a protected path, unless it says so itself", () => {
    const segment = fc.constantFrom("a", "b", "ab");
    const path = fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
    const rule = fc.record({ path, settings: fc.constantFrom({}, { limits: { bodyBytes: 1 } }) });
    fc.assert(
      fc.property(fc.array(rule), path, path, (others, guarded, asked) => {
        const rules = [...others, { path: guarded, settings: { authorization: policy } }];
        const isBelow = guarded === "/" || `${asked}/`.startsWith(`${guarded}/`);
        expect(effectiveSettings(rules, asked).authorization).toEqual(isBelow ? policy : undefined);
      }),
    );
  });
});
