import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { route, upstream } from "./route.fixture.ts";
import { InvalidTable, RouteTable } from "./route-table.ts";

const ownerAt = (table: RouteTable, host: string, path: string) => table.find(host, path)?.owner;

describe("RouteTable", () => {
  const table = new RouteTable([
    route("shop.localhost", [1], { owner: "root" }),
    route("shop.localhost", [2], { path: "/v1", owner: "v1" }),
    route("shop.localhost", [3], { path: "/v1/admin/", owner: "admin" }),
    route("api.localhost", [4], { path: "/only", owner: "only" }),
  ]);

  it.each([
    ["/", "root"],
    ["/v1", "v1"],
    ["/v1/", "v1"],
    ["/v1/x", "v1"],
    ["/v10", "root"],
    ["/v1/admin", "admin"],
    ["/v1/admin/x", "admin"],
    ["/v1/administrator", "v1"],
    ["//v1", "root"],
  ])("gives %s to the longest prefix that ends at a segment's end: %s", (path, owner) =>
    expect(ownerAt(table, "shop.localhost", path)).toBe(owner),
  );

  it("has nothing for another host, and nothing outside its only prefix", () => {
    expect(ownerAt(table, "other.localhost", "/")).toBeUndefined();
    expect(ownerAt(table, "api.localhost", "/")).toBeUndefined();
    expect(ownerAt(table, "api.localhost", "/only/x")).toBe("only");
    expect(table.hasHost("api.localhost")).toBe(true);
  });

  it("leaves out upstreams of weight 0, but knows their instances", () => {
    const idle = upstream(9, { weight: 0 });
    const { upstreams } = new RouteTable([route("a.test", [], { upstreams: [idle] })]).find(
      "a.test",
      "/",
    )!;
    expect(upstreams).toEqual([]);
    expect(new RouteTable([route("a.test", [], { upstreams: [idle] })]).instances).toEqual(
      new Set([idle.instance]),
    );
  });

  it("refuses two routes that are the same once normalised, and hosts that are none", () => {
    const twice = [route("Shop.localhost", [1]), route("shop.localhost.", [2])];
    expect(() => new RouteTable(twice)).toThrow(InvalidTable);
    const slash = [route("a.test", [1], { path: "/v1" }), route("a.test", [2], { path: "/v1/" })];
    expect(() => new RouteTable(slash)).toThrow(/two routes/);
    expect(() => new RouteTable([route("no host", [1])])).toThrow(/is not a host/);
  });

  it("agrees with trying every prefix by hand", () => {
    const segment = fc.constantFrom("a", "b", "ab", "");
    const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
    const prefixes = fc.uniqueArray(path, {
      maxLength: 6,
      selector: (text) => text.replace(/\/+$/, ""),
    });
    fc.assert(
      fc.property(prefixes, path, (routes, asked) => {
        const built = new RouteTable(routes.map((p) => route("h", [1], { path: p, owner: p })));
        const expected = routes
          .map((p) => ({ p, bare: p.replace(/\/+$/, "") }))
          .filter(({ bare }) => `${asked}/`.startsWith(`${bare}/`))
          .toSorted((a, b) => b.bare.length - a.bare.length)[0]?.p;
        expect(ownerAt(built, "h", asked)).toBe(expected);
      }),
    );
  });
});
