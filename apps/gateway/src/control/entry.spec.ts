import { routeKey } from "@bastide/contracts";
import { expect, it } from "vitest";
import { route } from "../table/route.fixture.ts";
import { parseEntry } from "./entry.ts";

const valid = route("shop.localhost", [8080]);
const key = routeKey(valid);

it("takes a route under its own key only", () => {
  expect(parseEntry(key, valid)).toEqual(valid);
  expect(() => parseEntry("route/other.localhost/", valid)).toThrow(/came under the key/);
  expect(() => parseEntry(key, { ...valid, upstreams: [{}] })).toThrow(/upstreams/);
});

it("refuses what a newer control plane says and this one does not know", () => {
  expect(() => parseEntry(key, { ...valid, unknown: 1 })).toThrow(/unknown/);
});

it.each(["future/x", "constructor/x", "route", ""])("refuses the kind of %s", (strange) => {
  expect(() => parseEntry(strange, valid)).toThrow(/kind that this gateway does not know/);
});
