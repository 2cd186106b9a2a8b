import { once } from "node:events";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { ObservedInstance } from "@bastide/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, LAST_PORT } from "./bench.fixture.ts";

describe("an agent that meets trouble", () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.make();
  });
  afterEach(() => bench.clear());

  const exitCode = async (): Promise<number> => {
    const [code] = await once(bench.startAgent(), "exit");
    return code;
  };

  /** The instance as ready and wanted, in a report after the first `reports`. */
  const adopted = (id: string, reports: number): Promise<ObservedInstance> =>
    bench.controlPlane.until(() =>
      bench.controlPlane.reports
        .slice(reports)
        .flatMap(({ report }) => report.instances)
        .find((one) => one.id === id && one.phase === "ready" && one.message === undefined),
    );

  it("names every problem of its configuration at once", async () => {
    Object.assign(bench.extra, { BASTIDE_NODE: "Not A Name", BASTIDE_PORTS: "9-1" });
    expect(await exitCode()).toBe(78);
    expect(bench.output).toContain("BASTIDE_NODE");
    expect(bench.output).toContain("BASTIDE_PORTS");
  });

  it("refuses a directory that a living agent uses", async () => {
    const first = bench.startAgent();
    await bench.controlPlane.until(() => bench.controlPlane.agentUrl);
    expect(await exitCode()).toBe(75);
    expect(bench.output).toContain(`Another agent (process ${first.pid})`);
    first.kill("SIGTERM");
    await once(first, "exit");
  });

  it("adopts a run whose record was lost, and sets a broken record aside", async () => {
    const { controlPlane } = bench;
    const web = await bench.web();
    controlPlane.run(web);
    bench.startAgent();
    const before = await controlPlane.untilPhase(web.id, "ready");
    await bench.endAgent("SIGKILL");
    const directory = join(bench.agentDirectory, "instances", web.id);
    await writeFile(join(directory, "record.json"), "{ broken");
    const reports = controlPlane.reports.length;
    bench.startAgent();
    const after = await adopted(web.id, reports);
    expect(after).toMatchObject({ pid: before.pid, restarts: 0, address: before.address });
    expect((await readdir(directory)).join()).toContain("record.json.corrupt-");
    expect(bench.output).toContain("record was broken and is set aside");
  });

  it("goes on when the last known good state is corrupt, and names the file", async () => {
    const { controlPlane } = bench;
    const web = await bench.web();
    controlPlane.run(web);
    bench.startAgent();
    const before = await controlPlane.untilPhase(web.id, "ready");
    const current = join(bench.agentDirectory, "stream", "current");
    await expect
      .poll(() => readFile(current).catch(() => undefined), { timeout: 30_000 })
      .toBeDefined();
    expect((await readFile(current)).includes(web.app)).toBe(false);
    await bench.endAgent("SIGKILL");
    await appendFile(current, "x");
    await rm(join(bench.agentDirectory, "stream", "previous"), { force: true });
    await controlPlane.stop();
    const reports = controlPlane.reports.length;
    bench.startAgent();
    await expect.poll(() => bench.output, { timeout: 30_000 }).toContain("set aside");
    await controlPlane.start();
    const after = await adopted(web.id, reports);
    expect(after).toMatchObject({ pid: before.pid, restarts: 0 });
  });

  it("leaves a run alone that the desired state does not mention, and tells of it", async () => {
    const { controlPlane } = bench;
    const web = await bench.web();
    controlPlane.run(web);
    bench.startAgent();
    const before = await controlPlane.untilPhase(web.id, "ready");
    await bench.endAgent("SIGTERM");
    await rm(join(bench.agentDirectory, "stream"), { recursive: true });
    controlPlane.source.forget([`instance/${web.id}`]);
    controlPlane.remove(web.id);
    controlPlane.source.forget([`instance/${web.id}`]);
    bench.startAgent();
    const left = await controlPlane.until(() => {
      const observed = controlPlane.observed(web.id);
      return observed?.message?.includes("left as it is") && observed;
    });
    expect(left).toMatchObject({ phase: "ready", pid: before.pid, restarts: 0 });
    await controlPlane.until(() => controlPlane.unmentioned.flat().includes(`instance/${web.id}`));
    controlPlane.remove(web.id);
    await controlPlane.untilPhase(web.id, "stopped");
  });

  it("waits for a port that somebody else holds, and names the port", async () => {
    const { controlPlane } = bench;
    const squatter = createServer().listen(LAST_PORT, "127.0.0.1");
    await once(squatter, "listening");
    const web = await bench.web({ listens: LAST_PORT });
    controlPlane.run(web);
    bench.startAgent();
    const waiting = await controlPlane.until(() => {
      const observed = controlPlane.observed(web.id);
      return observed?.message !== undefined && observed;
    });
    expect(waiting.message).toContain(`port ${LAST_PORT} is in use by another program`);
    squatter.close();
    await controlPlane.untilPhase(web.id, "ready");
  });

  it("starts instances while its guard cannot be told anything, says so, and tells it later", async () => {
    const { controlPlane } = bench;
    const inTheWay = join(bench.agentDirectory, "guard");
    await mkdir(bench.agentDirectory);
    await writeFile(inTheWay, "a file where a directory should be");
    controlPlane.source.apply([{ key: "ha/group", value: groupOfOne }]);
    const web = await bench.web();
    controlPlane.run(web);
    bench.startAgent();
    await controlPlane.untilPhase(web.id, "ready");
    expect(bench.output).toContain("the guard goes by what it was told before");
    expect(await readFile(inTheWay, "utf8")).toContain("a file");
    await rm(inTheWay);
    await controlPlane.until(() => bench.output.includes("the guard starts"));
    const told = JSON.parse(await readFile(join(inTheWay, "group.json"), "utf8"));
    expect(told).toMatchObject(groupOfOne);
  });

  it("refuses an artefact that is not what its digest says", async () => {
    const { controlPlane } = bench;
    const web = await bench.web();
    const digest = web.artefact.kind === "blob" ? web.artefact.digest : "";
    const right = controlPlane.blobs.get(digest) ?? Buffer.alloc(0);
    const wrong = Buffer.from(right);
    const at = wrong.indexOf("routes");
    wrong.write("rouges", at);
    controlPlane.blobs.set(digest, wrong);
    controlPlane.run(web);
    bench.startAgent();
    const refused = await controlPlane.until(() => {
      const observed = controlPlane.observed(web.id);
      return observed?.message !== undefined && observed;
    });
    expect(refused.message).toContain("has the digest sha256:");
    controlPlane.blobs.set(digest, right);
    await controlPlane.untilPhase(web.id, "ready");
  });
});

/** A service that somebody else may run: there is something to guard by, and nothing is started here. */
const groupOfOne = {
  members: [{ name: "other" }],
  services: [
    {
      name: "drill",
      topology: { kind: "failover" },
      candidates: ["other"],
      resources: [
        {
          name: "program",
          after: [],
          program: "apps/agent/dist/drill/main.js",
          environmentVariables: {},
          port: 7471,
          stopGraceMs: 1_000,
        },
      ],
      affinities: [],
      monitor: { restarts: { count: 1, withinMs: 1_000 }, action: "switch", blockForMs: 1_000 },
      stopWithinMs: 400,
    },
  ],
  intents: { version: 1, intents: {} },
  isCordoned: false,
  ttlMs: 2_000,
};
