import { ChangeVariables } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import {
  contradictionsOf,
  excessOf,
  MAX_TOTAL_BYTES,
  MAX_VARIABLES,
  planChanges,
} from "./variable-changes.ts";

const current = [
  { name: "A", value: "1", secret: false },
  { name: "B", value: "2", secret: true },
];
const change = (input: object) => ChangeVariables.parse(input);

describe("planChanges", () => {
  it("writes only what differs", () => {
    const plan = planChanges(
      current,
      change({ set: { A: { value: "1" }, B: { value: "3", secret: true }, C: { value: "" } } }),
    );
    expect(plan.write.map(({ name }) => name)).toEqual(["B", "C"]);
  });

  it("takes a value that becomes secret as a change", () => {
    const plan = planChanges(current, change({ set: { A: { value: "1", secret: true } } }));
    expect(plan.write).toEqual([{ name: "A", value: "1", secret: true }]);
  });

  it("does nothing for what is not set", () => {
    expect(planChanges(current, change({ unset: ["A", "X"] })).remove).toEqual(["A"]);
  });
});

it("a name cannot be set and unset at once", () => {
  const both = change({ set: { A: { value: "1" }, B: { value: "1" } }, unset: ["A"] });
  expect(contradictionsOf(both)).toEqual(["A"]);
});

describe("excessOf", () => {
  it("counts what there would be, after what is removed", () => {
    const many = Array.from({ length: MAX_VARIABLES }, (_, i) => ({
      name: `V${i}`,
      value: "",
      secret: false,
    }));
    const one = { name: "X", value: "", secret: false };
    expect(excessOf(many, { write: [one], remove: [] })).toContain(
      `${MAX_VARIABLES + 1} variables`,
    );
    expect(excessOf(many, { write: [one], remove: ["V0"] })).toBeUndefined();
  });

  it("counts bytes and not characters", () => {
    const value = "é".repeat(MAX_TOTAL_BYTES / 2);
    const write = [{ name: "X", value, secret: false }];
    expect(excessOf([], { write, remove: [] })).toContain(`${MAX_TOTAL_BYTES + 1} bytes`);
  });
});
