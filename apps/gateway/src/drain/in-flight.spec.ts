import { beforeEach, describe, expect, it } from "vitest";
import { InFlight } from "./in-flight.ts";

describe("InFlight", () => {
  let idle = 0;
  let inFlight: InFlight;
  beforeEach(() => {
    idle = 0;
    inFlight = new InFlight(() => (idle += 1));
    inFlight.tableIs(new Set(["a", "b"]));
  });

  it("says nothing of instances in the table", () => {
    inFlight.begin("a");
    expect(inFlight.busy()).toEqual([]);
    inFlight.end("a");
    expect(idle).toBe(0);
  });

  it("calls an instance busy until its last request ended, then says so once", () => {
    inFlight.begin("a");
    inFlight.begin("a");
    inFlight.begin("b");
    inFlight.tableIs(new Set(["b"]));
    expect(inFlight.busy()).toEqual(["a"]);
    inFlight.end("a");
    expect([inFlight.busy(), idle]).toEqual([["a"], 0]);
    inFlight.end("a");
    expect([inFlight.busy(), idle, inFlight.total]).toEqual([[], 1, 1]);
  });

  it("takes an instance back that returns to the table", () => {
    inFlight.begin("a");
    inFlight.tableIs(new Set());
    inFlight.tableIs(new Set(["a"]));
    expect(inFlight.busy()).toEqual([]);
    inFlight.end("a");
    expect(idle).toBe(0);
  });
});
