import { beforeEach, describe, expect, it } from "vitest";
import { InFlight } from "./in-flight.ts";

describe("InFlight", () => {
  let idle = 0;
  let table: ReadonlySet<string>;
  let inFlight: InFlight;
  beforeEach(() => {
    idle = 0;
    table = new Set(["a", "b"]);
    inFlight = new InFlight({ has: (instance) => table.has(instance) }, () => (idle += 1));
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
    table = new Set(["b"]);
    expect(inFlight.busy()).toEqual(["a"]);
    inFlight.end("a");
    expect([inFlight.busy(), idle]).toEqual([["a"], 0]);
    inFlight.end("a");
    expect([inFlight.busy(), idle, inFlight.total]).toEqual([[], 1, 1]);
  });

  it("takes an instance back that returns to the table", () => {
    inFlight.begin("a");
    table = new Set();
    table = new Set(["a"]);
    expect(inFlight.busy()).toEqual([]);
    inFlight.end("a");
    expect(idle).toBe(0);
  });
});
