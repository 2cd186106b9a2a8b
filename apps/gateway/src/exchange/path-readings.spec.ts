import { describe, expect, it } from "vitest";
import { otherReadings } from "./path-readings.ts";

describe("otherReadings", () => {
  it.each(["/", "/a/b", "/a.b/c", "/a-b_c~d", "/a:b@c"])("has none for %s", (path) =>
    expect(otherReadings(path)).toEqual([]),
  );

  it.each([
    ["/%61dmin", "/admin"],
    ["/%2561dmin", "/admin"],
    ["/%25%36%31dmin", "/admin"],
    ["//admin", "/admin"],
    ["/a/../admin", "/admin"],
    ["/a/%2e%2e/admin", "/admin"],
    ["/a%2f..%2fadmin", "/admin"],
    ["/../../admin", "/admin"],
    ["/.//admin/.", "/admin/"],
    ["/a\\..\\admin", "/admin"],
    ["/admin;x=1/b", "/admin/b"],
    ["/%c3%a9", "/%C3%A9"],
    ["/%zz/%61", "/%zz/a"],
  ])("of %s names %s", (path, reading) => expect(otherReadings(path)).toContain(reading));
});
