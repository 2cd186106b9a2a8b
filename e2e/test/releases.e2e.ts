import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Deployment, endpoints } from "@bastide/contracts";
import { beforeAll, describe, expect, it } from "vitest";
import { failed, Load } from "../src/index.ts";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-releases";
const deploy = (path: string) => platform().cli(["deploy", path, "--app", APP]);

async function greet(path: string, greeting: string): Promise<void> {
  const file = join(path, "server.js");
  const source = await readFile(file, "utf8");
  await writeFile(file, source.replace(/"(Hello from Bastide|greeting \d+)"/, `"${greeting}"`));
}

const message = async () =>
  ((await (await platform().fetch(APP)).json()) as { message: string }).message;

async function lastFailure(): Promise<Deployment["failure"]> {
  const api = await platform().api();
  const { items } = await api.call(endpoints.deployments.list, {
    parameters: { organisation: "main", project: "main", app: APP, environment: "production" },
    query: { limit: 1 },
    signal: AbortSignal.timeout(10_000),
  });
  return items[0]?.failure;
}

describe("releases", () => {
  beforeAll(async () => {
    await using source = await copyOf("node-http");
    await deploy(source.path);
  });

  it("are switched and rolled back without a failed request", async () => {
    await using source = await copyOf("node-http");
    const load = new Load({
      port: platform().port,
      host: `${APP}.localhost`,
      requestsPerSecond: 100,
    }).start();
    for (const greeting of ["greeting 1", "greeting 2"]) {
      await greet(source.path, greeting);
      expect((await deploy(source.path)).code).toBe(0);
      expect(await message()).toBe(greeting);
    }
    expect((await platform().cli(["rollback", "--app", APP])).code).toBe(0);
    expect(await message()).toBe("greeting 1");
    const samples = await load.stop();
    expect(samples.length).toBeGreaterThan(100);
    expect(samples.filter(failed)).toEqual([]);
  });

  it.each([
    [
      "crashes at its start",
      'console.error("no database"); process.exit(3);\n',
      "It ended with code 3.",
      "no database",
    ],
    [
      "never listens",
      'console.log("waiting for a queue"); setInterval(() => {}, 1000);\n',
      "must listen on the port in PORT",
      "waiting for a queue",
    ],
    [
      "breaks its promise",
      'import { createServer } from "node:http";\ncreateServer((_, r) => { console.log("no disk"); r.statusCode = 500; r.end(); }).listen(process.env.PORT, process.env.HOST);\n',
      "http /health: GET /health answered 500",
      "no disk",
    ],
  ])("one that %s never serves, and says why", async (_, program, why, lastLine) => {
    await using source = await copyOf("node-http");
    await writeFile(join(source.path, "server.js"), program);
    const manifest = join(source.path, "bastide.yaml");
    const text = await readFile(manifest, "utf8");
    await writeFile(
      manifest,
      text.replace("    promises:", "    startTimeoutSeconds: 4\n    promises:"),
    );
    const before = await message();
    const load = new Load({
      port: platform().port,
      host: `${APP}.localhost`,
      requestsPerSecond: 200,
    }).start();
    const result = await deploy(source.path);
    const samples = await load.stop();
    expect(result.code).toBe(7);
    expect(`${result.stdout}${result.stderr}`).toContain(why);
    // What the command shows could be of the log that it follows: the deployment itself has the last lines.
    const failure = await lastFailure();
    expect(failure?.message).toContain(why);
    expect(failure?.lastLogs.join("\n")).toContain(lastLine);
    expect(samples.filter(failed)).toEqual([]);
    expect(await message()).toBe(before);
  });

  it("carry their configuration, and secrets are never shown", async () => {
    await platform().cli(["env", "set", "GREETING=Bonjour", "--app", APP]);
    expect(await message()).toBe("Bonjour");
    await platform().cli(["env", "set", "API_KEY", "--secret", "--app", APP], {
      input: "hunter2-secret",
    });
    const list = await platform().cli(["env", "list", "--app", APP, "--json"]);
    expect(list.stdout).toContain("API_KEY");
    expect(list.stdout).not.toContain("hunter2-secret");
    await platform().cli(["env", "unset", "GREETING", "--app", APP]);
    expect(await message()).not.toBe("Bonjour");
  });

  it("are scaled up and down without a failed request", async () => {
    const load = new Load({
      port: platform().port,
      host: `${APP}.localhost`,
      requestsPerSecond: 100,
    }).start();
    expect((await platform().cli(["scale", "web=3", "--app", APP])).code).toBe(0);
    const instances = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const body = (await (await platform().fetch(APP)).json()) as { instance: string };
      instances.add(body.instance);
    }
    expect(instances.size).toBe(3);
    expect((await platform().cli(["scale", "web=1", "--app", APP])).code).toBe(0);
    expect((await load.stop()).filter(failed)).toEqual([]);
  });
});
