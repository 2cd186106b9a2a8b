import { expect, it } from "vitest";
import { lostOf } from "./acknowledged.ts";

const acknowledged = new Map([
  ["SETTING_1", "1"],
  ["SETTING_2", "2"],
]);

it("finds nothing lost where all that was acknowledged is listed, whatever else is", () => {
  const listed = ["1", "2", "3"].map((value) => ({ name: `SETTING_${value}`, value }));
  expect(lostOf(acknowledged, listed)).toEqual([]);
});

it("finds what is not listed, and what is listed with another value", () => {
  expect(lostOf(acknowledged, [{ name: "SETTING_2", value: "1" }])).toEqual([
    "SETTING_1",
    "SETTING_2",
  ]);
});
