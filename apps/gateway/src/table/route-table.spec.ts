import { type Route, routeKey } from "@bastide/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { route, upstream } from "./route.fixture.ts";
import { addressKey, InvalidTable, RouteTable } from "./route-table.ts";

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
    const { instances } = new RouteTable([route("a.test", [], { upstreams: [idle] })]);
    expect(instances.has(idle.instance)).toBe(true);
  });

  it("refuses two routes that are the same once normalised, and hosts that are none", () => {
    const twice = [route("Shop.localhost", [1]), route("shop.localhost.", [2])];
    expect(() => new RouteTable(twice)).toThrow(InvalidTable);
    const slash = [route("a.test", [1], { path: "/v1" }), route("a.test", [2], { path: "/v1/" })];
    expect(() => new RouteTable(slash)).toThrow(/two routes/);
    expect(() => new RouteTable([route("no host", [1])])).toThrow(/is not a host/);
  });

  it("refuses a change whole, and stays as it was", () => {
    const built = new RouteTable([route("a.test", [1]), route("b.test", [2])]);
    const change = () =>
      built.change(
        new Map([
          ["route/a.test/", undefined],
          ["route/c.test/", route("c.test", [3])],
          ["route/b.test./", route("b.test.", [4])],
        ]),
      );
    expect(change).toThrow(InvalidTable);
    expect([built.hasHost("a.test"), built.hasHost("c.test")]).toEqual([true, false]);
    expect(built.addresses.has("127.0.0.1:1")).toBe(true);
    expect(built.addresses.has("127.0.0.1:3")).toBe(false);
  });

  it("changed step by step, is the same as one made at once", () => {
    const host = fc.constantFrom("a.test", "b.test");
    const path = fc.constantFrom("/", "/v1", "/v1/x");
    const ports = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
    const step = fc.record({ host, path, ports, isGone: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const built = new RouteTable();
        const expected = new Map<string, Route>();
        for (const { isGone, ...one } of steps) {
          const said = route(one.host, one.ports, { path: one.path });
          const key = routeKey(said);
          const left = built.change(new Map([[key, isGone ? undefined : said]]));
          if (isGone) expected.delete(key);
          else expected.set(key, said);
          for (const address of left)
            expect(
              [...expected.values()].flatMap(({ upstreams }) => upstreams.map(addressKey)),
            ).not.toContain(addressKey(address));
        }
        const whole = new RouteTable(expected.values());
        for (const asked of ["/", "/v1", "/v1/x/y"])
          for (const name of ["a.test", "b.test"])
            expect(built.find(name, asked)).toEqual(whole.find(name, asked));
        for (const port of [1, 2, 3, 4])
          expect(built.addresses.has(`127.0.0.1:${port}`)).toBe(
            whole.addresses.has(`127.0.0.1:${port}`),
          );
        expect(built.hosts).toBe(whole.hosts);
      }),
    );
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
