import type { RouteConditions } from "@bastide/contracts";
import { routeKey } from "@bastide/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidTable } from "./invalid-table.ts";
import { route, upstream } from "./route.fixture.ts";
import { addressKey, RouteTable } from "./route-table.ts";

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
    [`/v1/${"/x".repeat(8_000)}`, "v1"],
    [`/${"v".repeat(16_000)}`, "root"],
  ])("gives %s to the longest prefix that ends at a segment's end: %s", (path, owner) =>
    expect(ownerAt(table, "shop.localhost", path)).toBe(owner),
  );

  it("has nothing for another host, and nothing outside its only prefix", () => {
    expect(ownerAt(table, "other.localhost", "/")).toBeUndefined();
    expect(ownerAt(table, "api.localhost", "/")).toBeUndefined();
    expect(ownerAt(table, "api.localhost", "/only/x")).toBe("only");
    expect(table.routesOf("api.localhost")).toBeDefined();
    expect(table.routesOf("other.localhost")).toBeUndefined();
  });

  it("leaves out upstreams of weight 0, but knows their instances", () => {
    const idle = upstream(9, { weight: 0 });
    const built = new RouteTable([route("a.test", [], { upstreams: [idle] })]);
    expect(built.find("a.test", "/")?.upstreams).toEqual([]);
    expect(built.instances.has(idle.instance)).toBe(true);
  });

  it("refuses two routes that are the same once normalised, and hosts that are none", () => {
    const twice = [route("Shop.localhost", [1]), route("shop.localhost.", [2])];
    expect(() => new RouteTable(twice)).toThrow(InvalidTable);
    expect(() => new RouteTable([route("a.test", [1]), route("a.test", [2])])).toThrow(
      /two routes overlap: .* is there twice/,
    );
    const slash = [route("a.test", [1], { path: "/v1" }), route("a.test", [2], { path: "/v1/" })];
    expect(() => new RouteTable(slash)).toThrow(/two routes/);
    expect(() => new RouteTable([route("no host", [1])])).toThrow(/is not a host/);
    expect(() => new RouteTable([route("*.", [1])])).toThrow(/is not a host/);
    expect(() => new RouteTable([route("a.*.test", [1])])).toThrow(/is not a host/);
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

describe("hosts", () => {
  const table = new RouteTable([
    route("a.b.test", [1], { owner: "exact" }),
    route("*.b.test", [1], { owner: "*.b" }),
    route("*.Test", [1], { owner: "*.test" }),
    route("only.b.test", [1], { owner: "below", path: "/below" }),
  ]);

  it.each([
    ["a.b.test", "exact"],
    ["c.b.test", "*.b"],
    ["d.c.b.test", "*.b"],
    ["b.test", "*.test"],
    ["other.test", "*.test"],
    ["test", undefined],
    ["xtest", undefined],
    ["[::1]", undefined],
  ])("%s goes to the most specific one: %s", (host, owner) =>
    expect(ownerAt(table, host, "/")).toBe(owner),
  );

  it("with routes of their own never fall back to a wildcard's", () =>
    expect(ownerAt(table, "only.b.test", "/elsewhere")).toBeUndefined());

  it("are all covered by * alone, after every other wildcard", () => {
    const every = new RouteTable([route("*", [1], { owner: "all" }), route("*.test", [1])]);
    expect(ownerAt(every, "x.other", "/")).toBe("all");
    expect(ownerAt(every, "[::1]", "/")).toBe("all");
    expect(ownerAt(every, "x.test", "/")).not.toBe("all");
  });
});

describe("exact paths and conditions", () => {
  const on = (owner: string, path: string, conditions?: RouteConditions, isExact = false) =>
    route("h.test", [1], {
      path,
      owner,
      ...(isExact ? { pathMatch: "exact" as const } : {}),
      ...(conditions ? { conditions } : {}),
    });
  const table = new RouteTable([
    on("root", "/"),
    on("v1", "/v1"),
    on("v1 exact", "/v1", undefined, true),
    on("v1 post", "/v1", { methods: ["POST"] }),
    on("v1 canary", "/v1", { headers: [{ name: "x-canary" }] }),
    on("v1 canary one", "/v1", { headers: [{ name: "x-canary", value: "1" }] }),
    on("v1 post canary", "/v1", { methods: ["POST"], headers: [{ name: "x-canary" }] }),
    on("write", "/write", { methods: ["PUT", "DELETE"] }),
  ]);
  const ask = (path: string, method = "GET", headers: Record<string, string> = {}) =>
    table.find("h.test", path, { method, headers })?.owner;

  it("prefer an exact path to a prefix, and more conditions to fewer", () => {
    expect(ask("/v1")).toBe("v1 exact");
    expect(ask("/v1/")).toBe("v1");
    expect(ask("/v1/x", "POST")).toBe("v1 post");
    expect(ask("/v1/x", "GET", { "x-canary": "2" })).toBe("v1 canary");
    expect(ask("/v1/x", "GET", { "x-canary": "1" })).toBe("v1 canary one");
    expect(ask("/v1/x", "POST", { "x-canary": "1" })).toBe("v1 post canary");
  });

  it("pass over a route whose conditions are not met", () => {
    expect(ask("/write", "PUT")).toBe("write");
    expect(ask("/write", "GET")).toBe("root");
  });

  it("say which methods a path would take", () => {
    const only = new RouteTable([
      route("o.test", [1], { path: "/a", conditions: { methods: ["PUT", "DELETE"] } }),
      route("o.test", [2], {
        path: "/a",
        conditions: { methods: ["PATCH"], headers: [{ name: "x-k" }] },
      }),
    ]).routesOf("o.test")!;
    const asked = (headers = {}) => ({ method: "GET", headers });
    expect(only.methodsFor("/a/b", asked())).toEqual(["DELETE", "PUT"]);
    expect(only.methodsFor("/a", asked({ "x-k": "1" }))).toEqual(["DELETE", "PATCH", "PUT"]);
    expect(only.methodsFor("/elsewhere", asked())).toEqual([]);
  });

  it.each<[string, RouteConditions | undefined, RouteConditions | undefined]>([
    ["the same method", { methods: ["GET", "PUT"] }, { methods: ["PUT"] }],
    ["other headers", { headers: [{ name: "a" }] }, { headers: [{ name: "b" }] }],
    ["no condition", undefined, undefined],
  ])("are refused where a request could have two routes: %s", (_, a, b) =>
    expect(() => new RouteTable([on("one", "/x", a), on("two", "/x/", b)])).toThrow(
      /two routes overlap: h\.test\/x.* of one, and h\.test\/x.* of two/,
    ),
  );

  it("are no rivals when no request can meet both", () => {
    const routes = [
      on("a", "/x", { methods: ["GET"] }),
      on("b", "/x", { methods: ["PUT"] }),
      on("c", "/x", { headers: [{ name: "k", value: "1" }] }),
      on("d", "/x", { headers: [{ name: "k", value: "2" }] }),
    ];
    expect(() => new RouteTable(routes)).not.toThrow();
  });
});

describe("changes", () => {
  const set = (port: number, host = "a.test") => {
    const one = route(host, [port]);
    return [routeKey(one), one] as const;
  };

  it("touch only the hosts that they name", () => {
    const table = new RouteTable([route("a.test", [1]), route("b.test", [2])]);
    const untouched = table.routesOf("b.test");
    table.change(new Map([set(3)]));
    expect(table.routesOf("b.test")).toBe(untouched);
    expect(table.find("a.test", "/")?.upstreams[0]?.port).toBe(3);
  });

  it("are taken whole or not at all", () => {
    const table = new RouteTable([route("a.test", [1])]);
    const clash = route("a.test.", [9]);
    expect(() => table.change(new Map([set(2, "b.test"), [routeKey(clash), clash]]))).toThrow(
      /overlap/,
    );
    expect(table.routesOf("b.test")).toBeUndefined();
    expect(table.find("a.test", "/")?.upstreams[0]?.port).toBe(1);
    expect(table.addresses.size).toBe(1);
  });

  it("name the addresses that no route has any more, and no other", () => {
    const table = new RouteTable([route("a.test", [1, 2]), route("b.test", [2, 3])]);
    const left = table.change(new Map([set(3), ["route/b.test/", undefined]]));
    expect(left.map(addressKey)).toEqual(expect.arrayContaining(["127.0.0.1:1", "127.0.0.1:2"]));
    expect(left.some(({ port }) => port === 3)).toBe(false);
    expect([table.has("route/b.test/"), table.hosts]).toEqual([false, 1]);
  });

  it("keep a route's settings the same object as long as they say the same", () => {
    const limited = (port: number) =>
      route("a.test", [port], { settings: { limits: { bodyBytes: 1 } } });
    const table = new RouteTable([limited(1)]);
    const before = table.find("a.test", "/")?.settings;
    table.change(new Map([["route/a.test/", limited(2)]]));
    expect(table.find("a.test", "/")?.settings).toBe(before);
  });

  it("one by one make the table that all at once would make", () => {
    const step = fc.record({
      host: fc.constantFrom("a.test", "*.test", "b.a.test"),
      path: fc.constantFrom("/", "/x", "/x/y"),
      port: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const table = new RouteTable();
        const state = new Map<string, ReturnType<typeof route>>();
        for (const { host, path, port } of steps) {
          const one = route(host, port === undefined ? [] : [port], { path });
          const key = routeKey(one);
          table.change(new Map([[key, port === undefined ? undefined : one]]));
          if (port === undefined) state.delete(key);
          else state.set(key, one);
        }
        const whole = new RouteTable(state.values());
        for (const host of ["a.test", "b.a.test", "c.test", "test"])
          for (const path of ["/", "/x", "/x/y/z"])
            expect(table.find(host, path)).toEqual(whole.find(host, path));
        expect([table.hosts, table.addresses.size]).toEqual([whole.hosts, whole.addresses.size]);
      }),
    );
  });
});
