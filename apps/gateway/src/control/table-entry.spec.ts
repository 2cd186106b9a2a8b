import { routeKey } from "@bastide/contracts";
import { expect, it } from "vitest";
import { route } from "../table/route.fixture.ts";
import { parseRoute } from "./follow-table.ts";

it("takes a route under its own key only", () => {
  const valid = route("shop.localhost", [8080]);
  expect(parseRoute(routeKey(valid), valid)).toEqual(valid);
  expect(() => parseRoute("route/other.localhost/", valid)).toThrow(/came under the key/);
  expect(() => parseRoute(routeKey(valid), { ...valid, upstreams: [{}] })).toThrow(/upstreams/);
});

it("leaves out what a newer control plane says and this one does not know", () => {
  const valid = route("shop.localhost", [8080]);
  expect(parseRoute(routeKey(valid), { ...valid, unknown: 1 })).toEqual(valid);
});
