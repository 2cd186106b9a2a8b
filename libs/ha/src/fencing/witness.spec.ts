import fc from "fast-check";
import { expect, test } from "vitest";
import { SAFETY_RULES } from "../safety-rules.ts";
import { Witness } from "./witness.ts";

test("refuses an epoch once it has seen a greater one", () => {
  const witness = new Witness(0, SAFETY_RULES);
  expect(witness.admit(4)).toEqual({ kind: "admitted" });
  expect(witness.admit(5)).toEqual({ kind: "admitted" });
  expect(witness.admit(4)).toEqual({ kind: "fenced", highestEpoch: 5 });
});

test("remembers the greatest epoch that was kept beside its data", () => {
  expect(new Witness(7, SAFETY_RULES).admit(6)).toEqual({ kind: "fenced", highestEpoch: 7 });
});

test("admits epochs in no other order than a growing one", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (epochs) => {
      const witness = new Witness(0, SAFETY_RULES);
      const admitted = epochs.filter((epoch) => witness.admit(epoch).kind === "admitted");
      expect(admitted).toEqual(admitted.toSorted((a, b) => a - b));
    }),
  );
});
