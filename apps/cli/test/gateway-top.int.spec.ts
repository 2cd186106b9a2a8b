import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { freePort } from "../../../tools/testing/free-port.ts";

const main = new URL("../dist/main.js", import.meta.url).pathname;
let directory: string;
let port: number;
let app: Server;
let gateway: ChildProcess;

const bastide = (output: "pipe" | "ignore", ...words: readonly string[]): ChildProcess =>
  spawn(process.execPath, [main, ...words], {
    cwd: directory,
    env: { PATH: process.env["PATH"], BASTIDE_HOME: join(directory, "home") },
    stdio: ["ignore", output, "inherit"],
  });

/** An app whose answers are good at one host and bad at another, behind a gateway of its own. */
beforeEach(async () => {
  directory = mkdtempSync("/tmp/bastide-top-");
  port = await freePort();
  app = createServer(({ headers: { host } }, response) => {
    response.writeHead(host?.startsWith("bad.") === true ? 500 : 200).end("answer");
  });
  await once(app.listen(0, "127.0.0.1"), "listening");
  const upstreams = `upstreams: [127.0.0.1:${(app.address() as AddressInfo).port}]`;
  const routes = ["good", "bad"].map((name) => `  - { host: ${name}.test, ${upstreams} }`);
  const lines = [
    `listen: { port: ${port} }`,
    `stateDirectory: ${directory}/state`,
    "routes:",
    ...routes,
  ];
  writeFileSync(join(directory, "gateway.yaml"), lines.join("\n"));
  gateway = bastide("ignore", "gateway", "serve");
  await until(() => answered("good.test").then((status) => status === 200));
});
afterEach(async () => {
  gateway.kill("SIGTERM");
  if (gateway.exitCode === null) await once(gateway, "exit");
  app.close();
  rmSync(directory, { recursive: true });
});

/** The status of an answer; undefined when there is none. */
const answered = (host: string): Promise<number | undefined> =>
  new Promise((settle) => {
    const asked = get({ port, host: "127.0.0.1", headers: { host }, agent: false }, (answer) => {
      answer.resume().on("end", () => settle(answer.statusCode));
    });
    asked.on("error", () => settle(undefined));
  });

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error("the condition did not come true in 30 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What the command says while both hosts are asked all the time, the good one twice as often; and how often in all. */
async function topUnderLoad(...words: readonly string[]): Promise<{ said: string; good: number }> {
  expect(existsSync(join(directory, "state/control.sock"))).toBe(true);
  const top = bastide("pipe", "gateway", "top", "--socket", "state/control.sock", ...words);
  const said = top.stdout && text(top.stdout);
  let good = 0;
  while (top.exitCode === null) {
    for (const host of ["good.test", "bad.test", "good.test"]) await answered(host);
    good += 2;
  }
  expect(top.exitCode).toBe(0);
  return { said: (await said) ?? "", good };
}

it("gateway top counts each route's requests, and its errors apart", async () => {
  const { said, good } = await topUnderLoad("--json");
  const [{ routes }] = JSON.parse(said).gateways;
  expect(routes).toEqual([
    {
      name: "good.test/",
      perSecond: expect.any(Number),
      errors: 0,
      p50Ms: expect.any(Number),
      p99Ms: expect.any(Number),
    },
    {
      name: "bad.test/",
      perSecond: expect.any(Number),
      errors: 1,
      p50Ms: expect.any(Number),
      p99Ms: expect.any(Number),
    },
    { name: "other", perSecond: 0, errors: 0 },
  ]);
  const [first, second] = routes;
  expect(second.perSecond).toBeGreaterThan(0);
  expect(first.perSecond / second.perSecond).toBeCloseTo(2, 0);
  // It looks for a second, in which no more can have come than in all.
  expect(first.perSecond).toBeLessThanOrEqual(good);
});

it("gateway top shows a row for each route, the busiest first", async () => {
  const { said } = await topUnderLoad();
  const [summary = "", , head = "", ...rows] = said.trimEnd().split("\n");
  expect(summary).toMatch(/^\d+\.\d requests\/s, \d+ under way, .* 1 workers$/);
  expect(head).toMatch(/^NODE +ROUTE +REQUESTS\/S +5XX +P50 +P99$/);
  expect(rows).toEqual([
    expect.stringMatching(/^ *good\.test\/ +\d*[1-9]\d*\.\d +0\.0 % +≤ \d+ ms +≤ \d+ ms$/),
    expect.stringMatching(/^ *bad\.test\/ +\d*[1-9]\d*\.\d +100\.0 % +≤ \d+ ms +≤ \d+ ms$/),
    expect.stringMatching(/^ *other +0\.0 +0\.0 %$/),
  ]);
});
