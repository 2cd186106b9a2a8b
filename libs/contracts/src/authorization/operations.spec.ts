import { describe, expect, it } from "vitest";
import { carriersOf, isOperation, OPERATION_NAMES, OPERATIONS } from "./operations.ts";

describe("operations", () => {
  it("carry only operations that exist, and never themselves", () => {
    for (const operation of OPERATION_NAMES)
      for (const carried of OPERATIONS[operation]) {
        expect(OPERATION_NAMES).toContain(carried);
        expect(carriersOf(operation)).not.toContain(carried);
      }
  });

  it("let a deployment upload, look and read logs, and nothing else", () => {
    const allowed = OPERATION_NAMES.filter((operation) => carriersOf(operation).includes("deploy"));
    expect(allowed.toSorted()).toEqual(["deploy", "logs", "status", "upload"]);
  });

  it("are never carried into operating the platform by what tenants may do", () => {
    for (const operation of [
      "operate",
      "revoke",
      "join-node",
      "serve-node",
      "serve-gateway",
    ] as const)
      expect(carriersOf(operation)).toEqual([operation]);
  });

  it("do not include what every object has", () => {
    expect(isOperation("toString")).toBe(false);
  });
});
