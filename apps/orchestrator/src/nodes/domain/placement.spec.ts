import { describe, expect, it } from "vitest";
import { choosePlacement } from "./placement.ts";

const node = (name: string, change: object = {}) => ({
  name,
  reachable: true,
  siblings: 0,
  instances: 0,
  ...change,
});

describe("choosePlacement", () => {
  it("keeps instances of the same process apart before it evens out the nodes", () => {
    const nodes = [node("a", { siblings: 1, instances: 1 }), node("b", { instances: 9 })];
    expect(choosePlacement(nodes)).toBe("b");
  });

  it("takes the node that runs least", () => {
    expect(choosePlacement([node("a", { instances: 2 }), node("b", { instances: 1 })])).toBe("b");
  });

  it("avoids a node that is silent", () => {
    expect(choosePlacement([node("a", { reachable: false }), node("b", { siblings: 5 })])).toBe(
      "b",
    );
  });

  it("has no answer without nodes", () => {
    expect(choosePlacement([])).toBeUndefined();
  });
});
