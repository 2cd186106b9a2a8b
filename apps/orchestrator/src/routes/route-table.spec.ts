import type { Route } from "@bastide/contracts";
import { beforeEach, describe, expect, it } from "vitest";
import { GatewayTable } from "../gateways/gateway-table.ts";
import { RouteTable } from "./route-table.ts";

const ORIGIN = { history: "01990000-0000-7000-8000-000000000001", epoch: 1 };

const BUSY = "01990000-0000-7000-8000-000000000002";

const route = (host: string, change: Partial<Route> = {}): Route => ({
  host,
  path: "/",
  owner: "me",
  upstreams: [],
  whenEmpty: "starting",
  ...change,
});

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

/** What waits for nothing more has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let gateways: GatewayTable;
let table: RouteTable;
beforeEach(() => {
  gateways = new GatewayTable(ORIGIN);
  table = new RouteTable(gateways);
});

/** A gateway that is connected and takes the table when the test says so. */
function connect() {
  const end = new AbortController();
  const stream = gateways.source.subscribe("g", undefined, end.signal);
  void stream.next();
  return {
    applies: (busy: string[] = []) =>
      gateways.source.acknowledge("g", gateways.source.version, { busy }),
    leaves: async () => {
      end.abort();
      await stream.return(undefined);
    },
  };
}

describe("RouteTable", () => {
  it("removes what an owner has no longer, and touches nobody else's", () => {
    table.set("a", [route("one"), route("two")]);
    table.set("b", [route("three")]);
    table.set("a", [route("two")]);
    expect([...gateways.source.entries().keys()].toSorted()).toEqual([
      "route/three/",
      "route/two/",
    ]);
  });

  it("waits for an owner's own last change only, not for everybody's", () => {
    const gateway = connect();
    table.set("a", [route("one")]);
    gateway.applies();
    expect(table.stateOf("a").isAcknowledged).toBe(true);
    table.set("b", [route("two")]);
    expect(table.stateOf("a").isAcknowledged).toBe(true);
    expect(table.stateOf("b").isAcknowledged).toBe(false);
  });

  it("does not wait again for what did not change", () => {
    const gateway = connect();
    table.set("a", [route("one")]);
    gateway.applies();
    table.set("a", [route("one")]);
    expect(table.stateOf("a").isAcknowledged).toBe(true);
    table.set("a", [route("one", { whenEmpty: "stopped" })]);
    expect(table.stateOf("a").isAcknowledged).toBe(false);
  });

  it("takes nothing for acknowledged while no gateway has this start's table", () => {
    table.set("a", []);
    table.begin();
    expect(table.stateOf("a").isAcknowledged).toBe(false);
    expect(table.stateOf("unknown").isAcknowledged).toBe(false);
    connect().applies();
    expect(table.stateOf("a").isAcknowledged).toBe(true);
  });

  it("is rid of an owner's routes when every gateway has taken the table without them", async () => {
    const gateway = connect();
    table.set("a", [route("one")]);
    gateway.applies();
    const seen: string[] = [];
    const withdrawn = table
      .withdrawn(["a", "unknown"], signal())
      .then(() => seen.push("withdrawn"));
    table.set("b", [route("two")]);
    gateway.applies();
    table.set("a", []);
    await settled();
    expect(seen).toEqual([]);
    gateway.applies();
    await withdrawn;
  });

  it("gives up waiting for that by the signal: routes that stay, or a gateway that says nothing", async () => {
    connect();
    table.set("a", [route("one")]);
    const one = new AbortController();
    const waiting = table.withdrawn(["a"], one.signal);
    one.abort(new Error("given up"));
    await expect(waiting).rejects.toThrow("given up");
    table.set("a", []);
    const other = new AbortController();
    const unheard = table.withdrawn(["a"], other.signal);
    other.abort(new Error("given up too"));
    await expect(unheard).rejects.toThrow("given up too");
  });

  it("counts the requests under way of connected gateways only", async () => {
    const gateway = connect();
    gateway.applies([BUSY]);
    expect([...table.stateOf("a").busy]).toEqual([BUSY]);
    await gateway.leaves();
    expect([...table.stateOf("a").busy]).toEqual([]);
  });
});
