import { expect, it } from "vitest";
import { Busiest } from "./busiest.ts";

const none = (): boolean => false;

it("names the busiest routes, and no more than the limit", () => {
  const busiest = new Busiest(2, 0);
  busiest.update(
    [
      ["a", 5],
      ["b", 9],
      ["c", 1],
    ],
    none,
    0,
  );
  expect(busiest.named).toEqual(new Set(["b", "a"]));
});

it("gives a name to a route that is clearly busier now, and not for a trifle", () => {
  const busiest = new Busiest(1, 0);
  busiest.update([["a", 100]], none, 0);
  busiest.update([["b", 110]], none, 0);
  expect(busiest.named).toEqual(new Set(["a"]));
  busiest.update([["b", 40]], none, 0);
  expect(busiest.named).toEqual(new Set(["b"]));
});

it("forgets what was long ago", () => {
  const busiest = new Busiest(1, 0);
  busiest.update([["a", 1_000]], none, 0);
  busiest.update([["b", 100]], none, 3_600_000);
  expect(busiest.named).toEqual(new Set(["b"]));
});

it("takes the name from a route that left the table", () => {
  const busiest = new Busiest(1, 0);
  busiest.update(
    [
      ["a", 1_000],
      ["b", 1],
    ],
    none,
    0,
  );
  busiest.update([], (route) => route === "a", 0);
  expect(busiest.named).toEqual(new Set(["b"]));
});
