import fc from "fast-check";
import { expect, test } from "vitest";
import { EPOCHS_PER_LIFE, isOfLife, needsSeed, seedFloor } from "./epochs.ts";

const epoch = fc.integer({ min: 1, max: 1_000 * EPOCHS_PER_LIFE });

test("seeds above every epoch of every life that anybody knows of, known or not", () => {
  fc.assert(
    fc.property(fc.array(epoch, { minLength: 1 }), epoch, (known, other) => {
      const floor = seedFloor(known);
      const lives = new Set(known.map((one) => Math.floor(one / EPOCHS_PER_LIFE)));
      expect(!lives.has(Math.floor(other / EPOCHS_PER_LIFE)) || floor > other).toBe(true);
      expect(Number.isSafeInteger(floor)).toBe(true);
    }),
  );
});

test("takes an epoch for one of the store's life only above its seed and below the next", () => {
  expect(isOfLife(EPOCHS_PER_LIFE + 1, EPOCHS_PER_LIFE)).toBe(true);
  expect(isOfLife(EPOCHS_PER_LIFE, EPOCHS_PER_LIFE)).toBe(false);
  expect(isOfLife(2 * EPOCHS_PER_LIFE, EPOCHS_PER_LIFE)).toBe(false);
  expect(isOfLife(EPOCHS_PER_LIFE + 1, undefined)).toBe(false);
});

test("has a store seeded that has no seed, or that is behind what is known", () => {
  expect(needsSeed(undefined, [])).toBe(true);
  expect(needsSeed(EPOCHS_PER_LIFE, [EPOCHS_PER_LIFE + 7])).toBe(false);
  expect(needsSeed(EPOCHS_PER_LIFE, [2 * EPOCHS_PER_LIFE])).toBe(true);
});
