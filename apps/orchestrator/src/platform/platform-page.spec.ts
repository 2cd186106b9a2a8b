import { expect, it } from "vitest";
import { PLATFORM_PAGE_POLICY, platformPage } from "./platform-page.ts";

const page = platformPage({
  version: '<script>alert("x")</script>',
  healthy: true,
  startedAt: "2026-11-24T00:00:00.000Z",
  baseDomain: "localhost",
  url: "http://bastide.localhost:8080",
  httpsUrl: "https://bastide.localhost:8443",
  components: [{ name: "<b>gateway</b>", healthy: false, message: "tenant's detail" }],
});

it("escapes what it shows", () => {
  expect(page).toContain("&lt;script&gt;");
  expect(page).toContain("&lt;b&gt;gateway&lt;/b&gt;");
});

it("has no script, no handler and nothing from elsewhere, and its policy allows none", () => {
  expect(page).not.toMatch(/<script|\son\w+=|<link|<img|src=/i);
  expect(PLATFORM_PAGE_POLICY).toContain("default-src 'none'");
  expect(PLATFORM_PAGE_POLICY).not.toContain("unsafe");
});

it("leaves out messages, which may name a tenant's things", () => {
  expect(page).not.toContain("tenant");
});
