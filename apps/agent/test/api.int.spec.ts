import { biscuit, KeyPair } from "@bastide/biscuit";
import { AgentBuildEvent, agentEndpoints, LogLine, uuidv7 } from "@bastide/contracts";
import { packSource } from "@bastide/builder";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, spec, WEB_APP } from "./bench.fixture.ts";

const deadline = (): AbortSignal => AbortSignal.timeout(20_000);

describe("the agent's API", () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.make();
  });
  afterEach(() => bench.clear());

  const started = async (): Promise<string> => {
    bench.startAgent();
    return bench.controlPlane.until(() => bench.controlPlane.agentUrl);
  };

  it("refuses callers without a token, with another's key, another's facts, or an expired one", async () => {
    const url = await started();
    const status = async (token: string | undefined): Promise<number> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`${url}/v1/instances/${uuidv7()}/logs`, { headers });
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      const isRefusal = response.status === 401 || response.status === 403;
      expect(response.headers.get("www-authenticate") !== null).toBe(isRefusal);
      return response.status;
    };
    const signed = (token: ReturnType<typeof biscuit>, key = bench.key): string =>
      token.rootKeyId(1).sign(key).toString();
    const past = new Date(Date.now() - 1000);
    expect(await status(undefined)).toBe(401);
    expect(await status("nonsense")).toBe(401);
    expect(await status(signed(biscuit`control_plane(true);`, KeyPair.generate()))).toBe(401);
    expect(await status(signed(biscuit`user("admin"); platform_role("admin");`))).toBe(403);
    expect(await status(signed(biscuit`control_plane(false);`))).toBe(403);
    const expired = biscuit`control_plane(true); check if time($t), $t < ${past};`;
    expect(await status(signed(expired))).toBe(401);
    // What another node was shown, and kept.
    const elsewhere = biscuit`control_plane(true); check if resource_node("another");`;
    expect(await status(signed(elsewhere))).toBe(403);
    const here = biscuit`control_plane(true); check if resource_node("one");`;
    expect(await status(signed(here))).toBe(404);
    expect(await status(bench.controlPlaneToken())).toBe(404);
  });

  it("reads and follows an instance's log within a tenth of a second", async () => {
    const { controlPlane } = bench;
    const web = await bench.web({ promises: [] });
    controlPlane.run(web);
    bench.startAgent();
    const ready = await controlPlane.untilPhase(web.id, "ready");
    const lines = bench.client().lines(agentEndpoints.logs, LogLine, {
      parameters: { instance: web.id },
      query: { tail: 10, follow: "true" },
      signal: deadline(),
    });
    const first = await lines.next();
    expect(first.value).toMatchObject({
      instance: web.id,
      process: "web",
      stream: "stderr",
      line: `listening on ${ready.address?.port}`,
    });
    const next = lines.next();
    await fetch(`http://127.0.0.1:${ready.address?.port}/pid`);
    expect((await next).value).toMatchObject({ stream: "stdout", line: "request /pid" });
    await lines.return(undefined);
  });

  const source = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const directory = await mkdtemp(join(bench.directory, "source-"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    const file = `${directory}.tar.gz`;
    const { digest } = await packSource(directory, file);
    bench.controlPlane.blobs.set(digest, await readFile(file));
    return digest;
  };

  const request = (digest: string) => ({
    build: uuidv7(),
    organisation: "acme",
    project: "main",
    app: "shop",
    source: digest,
    prebuilt: false,
    verifyReproducible: false,
    environmentVariables: {},
    timeoutSeconds: 60,
  });

  it("builds a source in a sandbox, streams its log, stores the artefact, and runs it", async () => {
    const { controlPlane } = bench;
    await started();
    const digest = await source({
      "package.json": JSON.stringify({
        name: "shop",
        scripts: { build: "echo building as $(id -u)", start: "node server.js" },
      }),
      "server.js": WEB_APP["server.js"] ?? "",
    });
    const events: AgentBuildEvent[] = [];
    const stream = bench.client().lines(agentEndpoints.build, AgentBuildEvent, {
      body: request(digest),
      signal: deadline(),
    });
    for await (const event of stream) events.push(event);
    const result = events.at(-1);
    if (result?.type !== "result") throw new Error(JSON.stringify(events));
    expect(controlPlane.blobs.has(result.result.artefact)).toBe(true);
    expect(controlPlane.blobs.has(result.result.sbom)).toBe(true);
    const said = events.flatMap((event) => (event.type === "log" ? [event.line] : []));
    expect(said.join("\n")).toMatch(/building as [1-9]\d+/);
    // What was built here is unpacked already: it starts without being fetched.
    controlPlane.blobs.delete(result.result.artefact);
    const web = spec(result.result.artefact);
    controlPlane.run(web);
    await controlPlane.untilPhase(web.id, "ready");
  });

  it("ends a build and everything it started when the caller goes away", async () => {
    await started();
    const digest = await source({
      "package.json": JSON.stringify({
        name: "shop",
        scripts: { build: "echo $$ && sleep 600", start: "node ." },
      }),
      "index.js": "",
    });
    const cancel = new AbortController();
    const stream = bench.client().lines(agentEndpoints.build, AgentBuildEvent, {
      body: request(digest),
      signal: cancel.signal,
    });
    let hasBegun = false;
    await expect(async () => {
      for await (const event of stream) {
        hasBegun ||= event.type === "log" && /^\d+$/.test(event.line);
        if (hasBegun) cancel.abort();
      }
    }).rejects.toThrow("abort");
    const left = () => readdir(join(bench.agentDirectory, "builds"));
    await expect.poll(left, { timeout: 30_000, interval: 20 }).toEqual([]);
  });

  it("says why a build fails", async () => {
    await started();
    const digest = await source({
      "package.json": JSON.stringify({
        name: "shop",
        scripts: { build: "exit 3", start: "node ." },
      }),
      "index.js": "",
    });
    const events: AgentBuildEvent[] = [];
    const stream = bench.client().lines(agentEndpoints.build, AgentBuildEvent, {
      body: request(digest),
      signal: deadline(),
    });
    for await (const event of stream) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: "failure", code: "build-failed" });
  });
});
