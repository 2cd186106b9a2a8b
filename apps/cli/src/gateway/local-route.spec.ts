import { Route } from "@bastide/contracts";
import { expect, it } from "vitest";
import { localKey, localRoute } from "./local-route.ts";

it("makes a route of a host, a path and addresses", () => {
  const route = localRoute("Shop.test/v1/", ["127.0.0.1:3000", "[::1]:3001"]);
  expect(Route.parse(route)).toMatchObject({
    host: "shop.test",
    path: "/v1",
    upstreams: [
      { host: "127.0.0.1", port: 3000 },
      { host: "::1", port: 3001 },
    ],
  });
  expect(localKey("shop.test/v1")).toBe(localKey("Shop.test/v1/"));
  expect(localKey("shop.test")).toBe("route/shop.test/");
});

it.each(["127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "[1.2.3.4]:80", ":80", "http://a:1"])(
  "refuses the upstream %s",
  (upstream) => expect(() => localRoute("a.test", [upstream])).toThrow(/is no upstream/),
);
