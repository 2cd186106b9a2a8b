import { expect, it } from "vitest";
import { connectionName, tunnelOf } from "./connection-name.ts";

it("two instances behind one node's door have two names, each of which leads to its own", () => {
  const door = { host: "::1", port: 7443, node: "n2" };
  const [one, other] = ["01a2", "01b3"].map((instance) => ({ ...door, instance }));
  if (!one || !other) throw new Error("there are two");
  expect(connectionName(one)).not.toBe(connectionName(other));
  expect(tunnelOf(connectionName(one), 7443)).toEqual(one);
});

it("an upstream with an address of its own is known by that", () => {
  expect(connectionName({ host: "127.0.0.1", port: 1, instance: "01a2" })).toBe("127.0.0.1");
  expect(tunnelOf("127.0.0.1", 1)).toBeUndefined();
});
