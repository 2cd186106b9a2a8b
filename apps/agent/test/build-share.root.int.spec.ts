import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packSource } from "@bastide/builder";
import { AgentBuildEvent, agentEndpoints, uuidv7 } from "@bastide/contracts";
import { ProcessDriver, type RunHandle } from "@bastide/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench } from "./bench.fixture.ts";

/** One busy loop on each core, so that what competes does so everywhere. */
const BURN =
  "for core in $(seq 0 $(($(nproc) - 1))); do taskset -c $core /bin/sh -c 'while :; do :; done' & done";
/** Of the app's, as long as the two are compared for. */
const CPU_MS = 500;

describe("a build that burns every core", () => {
  let bench: Bench;
  const driver = new ProcessDriver();

  beforeEach(async () => {
    bench = await Bench.make();
  });
  afterEach(() => bench.clear());

  const requestFor = async (script: string) => {
    const directory = await mkdtemp(join(bench.directory, "source-"));
    const manifest = { name: "greedy", scripts: { build: script, start: "node ." } };
    await writeFile(join(directory, "package.json"), JSON.stringify(manifest));
    await writeFile(join(directory, "index.js"), "");
    const { digest } = await packSource(directory, `${directory}.tar.gz`);
    bench.controlPlane.blobs.set(digest, await readFile(`${directory}.tar.gz`));
    const names = { organisation: "acme", project: "main", app: "greedy" };
    const how = { prebuilt: false, verifyReproducible: false, environmentVariables: {} };
    return { build: uuidv7(), source: digest, timeoutSeconds: 120, ...names, ...how };
  };

  /** Starts the build and comes back when its command has said that it has begun. */
  const begin = async (script: string, signal: AbortSignal) => {
    const body = await requestFor(script);
    const events = bench.client().lines(agentEndpoints.build, AgentBuildEvent, { body, signal });
    for (let next = await events.next(); !next.done; next = await events.next()) {
      if (next.value.type === "log" && next.value.line === "burning")
        return { end: events.next().catch(() => {}) };
    }
    throw new Error("the build ended before it began to burn");
  };

  const runOf = async (id: string, directory: string): Promise<RunHandle> => {
    const state = join(bench.agentDirectory, directory, "state");
    const handle = await driver.find(id, state);
    if (handle === undefined) throw new Error(`nothing runs in ${state}`);
    return handle;
  };

  it("leaves an app that needs them most of the CPU time, and the app answers meanwhile", async () => {
    const { controlPlane } = bench;
    const limits = { memoryBytes: 2 ** 28, cpuMillis: 64_000, processes: 256, openFiles: 1024 };
    const command = ["/bin/sh", "-c", `${BURN}; exec node server.js`];
    const web = await bench.web({ command, limits });
    controlPlane.run(web);
    bench.startAgent();
    const { address } = await controlPlane.untilPhase(web.id, "ready");
    const cancel = new AbortController();
    const build = await begin(`echo burning; ${BURN}; wait`, cancel.signal);
    const [attempt = ""] = await readdir(join(bench.agentDirectory, "builds"));
    const app = await runOf(web.id, `instances/${web.id}`);
    const rival = await runOf(`build-${attempt}`, `builds/${attempt}`);
    const used = async (run: RunHandle): Promise<number> => (await driver.usage(run))?.cpuMs ?? 0;
    const before = { app: await used(app), build: await used(rival) };
    let gained = { app: 0, build: 0 };
    const answers: string[] = [];
    const compared = async (): Promise<boolean> => {
      const url = `http://127.0.0.1:${address?.port}/health`;
      answers.push(await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text());
      gained = {
        app: (await used(app)) - before.app,
        build: (await used(rival)) - before.build,
      };
      return gained.app > CPU_MS;
    };
    await expect.poll(compared, { timeout: 60_000, interval: 50 }).toBe(true);
    cancel.abort();
    await build.end;
    expect(gained.app).toBeGreaterThan(3 * gained.build);
    // Both were at it: a build that had not begun would be no rival.
    expect(gained.build).toBeGreaterThan(0);
    expect(new Set(answers)).toEqual(new Set(["ok"]));
  });
});
