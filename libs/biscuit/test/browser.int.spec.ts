import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleFor, samplesJson } from "./portable-bundle.ts";

/** Debian's own, which the set-up installs. Chromium's sandbox needs privileges that containers do not give. */
const CHROMIUM = {
  executablePath: process.env["BASTIDE_CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
};
const PAGE = `<!doctype html><script type="module">
  import { run } from "/suite.js";
  window.failures = fetch("/samples.json").then((response) => response.json())
    .then((samples) => run(samples ?? undefined), (error) => [String(error)])
    .catch((error) => [String(error?.stack ?? error)]);
</script>`;

let server: Server;
let browser: Browser;
let suite: string;

beforeAll(async () => {
  suite = await bundleFor("browser");
  const samples = JSON.stringify(samplesJson() ?? null);
  const bodies: Readonly<Record<string, readonly [string, string]>> = {
    "/": ["text/html", PAGE],
    "/suite.js": ["text/javascript", suite],
    "/samples.json": ["application/json", samples],
  };
  server = createServer((request, response) => {
    const [type, body] = bodies[request.url ?? ""] ?? ["text/plain", undefined];
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type }).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  browser = await chromium.launch(CHROMIUM);
});

afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

describe("in Chromium", () => {
  it("the package brings its web backend and nothing of Node", () => {
    expect(suite).toContain("crypto.subtle");
    const ofNode =
      /(?:from|import\() ?"node:[a-z]+"|createPublicKey|\bBuffer\.|\bprocess\.(?:env|versions)/.exec(
        suite,
      );
    expect(ofNode?.[0]).toBeUndefined();
  });

  it("the official samples and all that signs and verifies give the expected results", async () => {
    const page = await browser.newPage();
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction("window.failures !== undefined");
    expect(await page.evaluate("window.failures")).toEqual([]);
  });
});
