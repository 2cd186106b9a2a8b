import { expect, it } from "vitest";
import { Slots } from "./slots.ts";

it("gives no more than there are, and each back once only", () => {
  const slots = new Slots();
  const first = slots.tryTake(2);
  const second = slots.tryTake(2);
  expect(slots.tryTake(2)).toBeUndefined();
  first?.();
  first?.();
  expect(slots.taken).toBe(1);
  expect(slots.tryTake(1)).toBeUndefined();
  second?.();
  expect(slots.tryTake(1)).toBeDefined();
});
