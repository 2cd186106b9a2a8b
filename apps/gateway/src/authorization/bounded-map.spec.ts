import { expect, it } from "vitest";
import { BoundedMap } from "./bounded-map.ts";

it("never holds more than it may, and forgets what was not used for longest", () => {
  const map = new BoundedMap<number>(10);
  for (let i = 0; i < 1_000; i++) {
    map.set(String(i), i);
    expect(map.get("0")).toBe(0);
    expect(map.size).toBeLessThanOrEqual(10);
  }
  expect(map.get("999")).toBe(999);
  expect(map.get("1")).toBeUndefined();
  map.delete("0");
  expect(map.get("0")).toBeUndefined();
  map.clear();
  expect(map.size).toBe(0);
});
