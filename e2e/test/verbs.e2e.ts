import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { App, Deployment, LogLine, Release } from "@bastide/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { INSTALLATION, until } from "../src/index.ts";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-verbs";

/** The example, but that it logs each request. */
async function deploy(): Promise<Deployment> {
  await using source = await copyOf("node-http");
  const file = join(source.path, "server.js");
  const log = "console.log(request.method, request.url);";
  const text = (await readFile(file, "utf8")).replace("(request, response) => {", `$&${log}`);
  await writeFile(file, text);
  return await platform().json<Deployment>(["deploy", source.path, "--app", APP]);
}

const run = async (...words: string[]): Promise<string> => {
  const { code, stdout, stderr } = await platform().cli([...words, "--app", APP], {
    environment: { DISPLAY: "", WAYLAND_DISPLAY: "" },
  });
  expect({ words, code, stderr: code === 0 ? "" : stderr }).toEqual({ words, code: 0, stderr: "" });
  return stdout;
};
const json = <T>(...words: string[]) => platform().json<T>([...words, "--app", APP]);
const urlOf = (host: string): string => `http://${host}.localhost:${platform().port}`;

beforeAll(async () => void (await deploy()));
afterAll(() => platform().cli(["destroy", "--app", APP, "--yes"]));

it("`open` prints the address where there is no screen", async () => {
  expect(await run("open")).toBe(`${urlOf(APP)}\n`);
  expect(await json("open")).toEqual({ url: urlOf(APP) });
  expect((await platform().cli(["open", "--app", APP, "--env", "nowhere"])).code).toBe(5);
});

it("another environment is an instance of its own at the app's name with the environment's", async () => {
  await using source = await copyOf("node-http");
  const words = ["deploy", source.path, "--app", APP, "--env", "staging"];
  const { url } = await platform().json<Deployment>(words);
  expect(url).toBe(urlOf(`${APP}--staging`));
  const set = ["env", "set", "GREETING=from staging", "--app", APP, "--env", "staging"];
  expect((await platform().cli(set)).code).toBe(0);
  const said = async (host: string) => (await platform().fetch(host)).json();
  expect(await said(`${APP}--staging`)).toMatchObject({ message: "from staging" });
  expect(await said(APP)).toMatchObject({ message: "Hello from Bastide" });
});

it("`apps` lists each environment with its version and address", async () => {
  const { stdout } = await platform().cli(["apps"]);
  expect(stdout).toMatch(new RegExp(`^${APP} +production +v1 +${urlOf(APP)}$`, "m"));
  expect(stdout).toMatch(new RegExp(`^${APP} +staging +v2 +${urlOf(`${APP}--staging`)}$`, "m"));
  const { apps } = await platform().json<{ apps: App[] }>(["apps"]);
  expect(apps.find(({ name }) => name === APP)?.environments).toEqual([
    expect.objectContaining({ environment: "production", version: 1, url: urlOf(APP) }),
    expect.objectContaining({ environment: "staging", version: 2 }),
  ]);
});

/** `logs -f` until it shows a request that was made after its first line; then Ctrl-C. */
async function followed(path: string, ...more: string[]): Promise<{ line: string; code: unknown }> {
  const child = spawn(join(INSTALLATION, "bastide"), ["logs", "-f", "--app", APP, ...more], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, BASTIDE_HOME: platform().home, NO_COLOR: "1" },
    timeout: 60_000,
  });
  const closed = once(child, "close");
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  await until("it shows what was written before", () => lines.length > 0);
  expect(lines.join("\n")).not.toContain(path);
  await platform().fetch(APP, path);
  const line = await until("it shows the request", () => lines.find((one) => one.includes(path)));
  child.kill("SIGINT");
  const [code]: unknown[] = await closed;
  return { line, code };
}

it("`logs -f` shows what is written while it runs, and ends on an interrupt", async () => {
  const { line, code } = await followed("/first");
  expect(line).toMatch(/^web\.[\da-f]{4} GET \/first$/);
  expect(code).toBe(0);
  const second = await followed("/second", "--json");
  const written: LogLine = JSON.parse(second.line);
  expect(written).toMatchObject({ process: "web", stream: "stdout", line: "GET /second" });
  expect(second.code).toBe(0);
});

it("`releases` marks the current one", async () => {
  await deploy();
  const { current, releases } = await json<{ current: string; releases: Release[] }>("releases");
  expect(releases.map(({ version }) => version)).toEqual([2, 1]);
  expect(releases[0]?.id).toBe(current);
  const text = await run("releases");
  expect(text).toMatch(/^\* +v2 /m);
  expect(text).toMatch(/^ +v1 /m);
});

it("`cancel` gives up the deployment that is under way, and what served still serves", async () => {
  await using source = await copyOf("node-http");
  await writeFile(
    join(source.path, "package.json"),
    JSON.stringify({ scripts: { build: "sleep 1000", start: "node server.js" } }),
  );
  const begin = () => json<Deployment>("deploy", source.path, "--no-wait");
  const state = async (): Promise<Deployment | undefined> =>
    (await json<{ latestDeployment?: Deployment }>("ps")).latestDeployment;
  const { id } = await begin();
  expect(await run("cancel", id)).toContain(`deployment ${id} is being given up`);
  await until("it is cancelled", async () => (await state())?.phase === "cancelled");
  const second = await begin();
  expect(await json("cancel")).toMatchObject({ id: second.id });
  await until("it is cancelled", async () => (await state())?.phase === "cancelled");
  expect((await platform().cli(["cancel", "--app", APP])).code).toBe(6);
  expect((await platform().fetch(APP)).status).toBe(200);
});

it("`destroy` asks for the name, and then nothing answers there and the name is free", async () => {
  const unasked = await platform().cli(["destroy", "--app", APP], { input: `${APP}\n` });
  expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
  expect((await platform().fetch(APP)).status).toBe(200);
  expect(await run("destroy", "--yes")).toBe(`${APP} is gone, and its name is free\n`);
  const statuses = (host: string): Promise<number[]> =>
    Promise.all(Array.from({ length: 50 }, async () => (await platform().fetch(host)).status));
  const gone = Array.from({ length: 50 }, () => 404);
  // No gateway leads to it from the moment that it says so.
  expect(await Promise.all([APP, `${APP}--staging`].map(statuses))).toEqual([gone, gone]);
  expect((await platform().cli(["apps"])).stdout).not.toContain(APP);
  expect(await deploy()).toMatchObject({ phase: "succeeded", version: 1 });
  expect((await platform().fetch(APP)).status).toBe(200);
  expect(await json("destroy", "--yes")).toEqual({ destroyed: APP, inForce: true });
  expect(await statuses(APP)).toEqual(gone);
});
