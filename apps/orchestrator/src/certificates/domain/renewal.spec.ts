import { expect, it } from "vitest";
import { renewAt } from "./renewal.ts";

const life = {
  notBefore: new Date("2026-01-01T00:00:00Z"),
  notAfter: new Date("2026-04-01T00:00:00Z"),
};

it("is at two thirds of a certificate's life, or up to a twelfth of it earlier", () => {
  expect(renewAt(life, 0)).toEqual(new Date("2026-03-02T00:00:00Z"));
  expect(renewAt(life, 0.999_999_9).getTime()).toBeGreaterThanOrEqual(
    new Date("2026-02-22T12:00:00Z").getTime(),
  );
});
