import { describe, expect, it } from "vitest";
import { cacheControl } from "./cache-control.ts";
import { matches } from "./etags.ts";

describe("how long a file may be kept", () => {
  it.each([
    "/assets/index-DiwrgTda.js",
    "/assets/style-4f2a9c1b.css",
    "/_astro/page.B7x9Qk2a.css",
    "/static/js/main.3fa85f64.js",
    "/_app/immutable/start.CkR5q_1-.mjs",
    "/assets/font-Ab12Cd34.woff2",
  ])("%s, named by its content, for a year", (path) => {
    expect(cacheControl(path)).toBe("public, max-age=31536000, immutable");
  });

  it.each([
    "/index.html",
    "/app.js",
    "/assets/logo.svg",
    "/assets/some-wonderful.css",
    "/report-2024final.pdf",
    "/assets/page-4f2a9c1b.html",
    "/css/bootstrap.min.css",
    "/js/jquery-3.7.1.min.js",
    "/main-4f2a9c1b.js",
  ])("%s is asked for again each time", (path) => {
    expect(cacheControl(path)).toBe("public, max-age=0, must-revalidate");
  });
});

describe("If-None-Match", () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ["*", true],
    ['"b"', false],
    ["a", false],
    [undefined, false],
  ])("%s", (header, expected) => {
    expect(matches(header, '"a"')).toBe(expected);
  });
});
