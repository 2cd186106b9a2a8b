import { AppName } from "@bastide/contracts";
import { expect, it } from "vitest";
import { namesLike } from "./names-like.ts";

it("numbers a taken name from two on", () => {
  expect(namesLike("shop").slice(0, 2)).toEqual(["shop-2", "shop-3"]);
});

it.each([["a".repeat(40)], [`${"a".repeat(36)}-bcd`]])("makes valid names of %s", (taken) => {
  expect(AppName.safeParse(taken).success).toBe(true);
  expect(namesLike(taken)).toHaveLength(19);
});
