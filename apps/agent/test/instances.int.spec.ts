import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ObservedInstance } from "@bastide/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench } from "./bench.fixture.ts";

const textOf = async (observed: ObservedInstance, path: string): Promise<string> => {
  const url = `http://127.0.0.1:${observed.address?.port}${path}`;
  return (await fetch(url, { signal: AbortSignal.timeout(5000) })).text();
};

describe("instances", () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.make();
  });
  afterEach(() => bench.clear());

  it("starts what is desired, shows it its artefact, its dependencies and its files, and reports it ready", async () => {
    const { controlPlane } = bench;
    const spec = await bench.web();
    controlPlane.run(spec);
    bench.startAgent();
    const ready = await controlPlane.untilPhase(spec.id, "ready");
    expect(await textOf(ready, "/dependency")).toBe("hello");
    expect(await textOf(ready, "/file")).toBe("first");
    const environment = JSON.parse(await textOf(ready, "/env"));
    expect(environment).toMatchObject({
      PORT: String(ready.address?.port),
      HOST: "127.0.0.1",
      HOME: "/data",
      GREETING: "hello",
      BASTIDE_INSTANCE: spec.id,
    });
    expect(environment).not.toHaveProperty("BASTIDE_TOKEN_FILE");
    expect(controlPlane.phases(spec.id).at(0)).toBe("preparing");
    expect(ready).toMatchObject({ restarts: 0, promises: [{ name: "http /health", kept: true }] });
  });

  it("serves again after a kill -9, on the same port, and says so", async () => {
    const { controlPlane } = bench;
    const spec = await bench.web();
    controlPlane.run(spec);
    bench.startAgent();
    const before = await controlPlane.untilPhase(spec.id, "ready");
    process.kill(before.pid ?? Number.NaN, "SIGKILL");
    const after = await controlPlane.until(() => {
      const observed = controlPlane.observed(spec.id);
      return observed?.phase === "ready" && observed.restarts === 1 && observed;
    });
    expect(after.address).toEqual(before.address);
    expect(after.pid).not.toBe(before.pid);
    const crash = controlPlane.reports
      .flatMap(({ report }) => report.instances)
      .find(({ restarts }) => restarts === 1);
    expect(crash?.lastLogs?.join("\n")).toContain("listening on");
  });

  it("keeps /data over restarts of the instance", async () => {
    const { controlPlane } = bench;
    const spec = await bench.web();
    controlPlane.run(spec);
    bench.startAgent();
    const before = await controlPlane.untilPhase(spec.id, "ready");
    await textOf(before, "/write");
    await textOf(before, "/exit");
    const after = await controlPlane.until(() => {
      const observed = controlPlane.observed(spec.id);
      return observed?.phase === "ready" && observed.restarts === 1 && observed;
    });
    expect(after.lastExit).toMatchObject({ code: 3 });
    expect(await textOf(after, "/kept")).toBe("true");
  });

  it("leaves instances running when it is killed, and the next agent reports them as adopted first of all", async () => {
    const { controlPlane } = bench;
    const spec = await bench.web();
    controlPlane.run(spec);
    bench.startAgent();
    const before = await controlPlane.untilPhase(spec.id, "ready");
    await bench.endAgent("SIGKILL");
    expect(await textOf(before, "/health")).toBe("ok");
    const reports = controlPlane.reports.length;
    bench.startAgent();
    await controlPlane.until(() => controlPlane.reports.length > reports);
    const first = controlPlane.reports[reports]?.report.instances[0];
    expect(first).toMatchObject({ phase: "ready", pid: before.pid, restarts: 0 });
    process.kill(before.pid ?? Number.NaN, "SIGKILL");
    await controlPlane.until(() => {
      const observed = controlPlane.observed(spec.id);
      return observed?.phase === "ready" && observed.restarts === 1;
    });
  });

  it("starts and repairs everything from the last known good state while the control plane is gone", async () => {
    const { controlPlane } = bench;
    const spec = await bench.web();
    controlPlane.run(spec);
    bench.startAgent();
    const before = await controlPlane.untilPhase(spec.id, "ready");
    await bench.endAgent("SIGINT");
    await expect(textOf(before, "/health")).rejects.toThrow("fetch failed");
    await controlPlane.stop();
    bench.startAgent();
    const port = before.address?.port;
    const serving = async (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/health`).then(
        () => true,
        () => false,
      );
    await expect.poll(serving, { timeout: 30_000, interval: 20 }).toBe(true);
    await fetch(`http://127.0.0.1:${port}/exit`);
    await expect.poll(serving, { timeout: 30_000, interval: 20 }).toBe(true);
    await controlPlane.start();
    const found = await controlPlane.until(() => {
      const observed = controlPlane.observed(spec.id);
      return observed?.restarts === 1 && observed.phase === "ready" && observed;
    });
    expect(found.address).toEqual(before.address);
  });

  it("stops and erases what a tombstone removes, and frees its port", async () => {
    const { controlPlane } = bench;
    const spec = await bench.web();
    controlPlane.run(spec);
    bench.startAgent();
    await controlPlane.untilPhase(spec.id, "ready");
    controlPlane.remove(spec.id);
    const gone = await controlPlane.untilPhase(spec.id, "stopped");
    expect(gone.pid).toBeUndefined();
    const left = () => readdir(join(bench.agentDirectory, "instances"));
    await expect.poll(left, { timeout: 30_000, interval: 20 }).toEqual([]);
  });

  it("restarts what keeps breaking its promises, and reports it unready first", async () => {
    const { controlPlane } = bench;
    const spec = await bench.web();
    controlPlane.run(spec);
    bench.startAgent();
    const before = await controlPlane.untilPhase(spec.id, "ready");
    await textOf(before, "/sick");
    const unready = await controlPlane.untilPhase(spec.id, "unready");
    expect(unready.message).toContain("GET /health answered 500; wanted is below 500");
    const after = await controlPlane.until(() => {
      const observed = controlPlane.observed(spec.id);
      return observed?.phase === "ready" && observed.restarts === 1 && observed;
    });
    expect(after.pid).not.toBe(before.pid);
  });

  it("asks a command in the instance's own sandbox, restarts what it fails for, and does not wait for one that hangs", async () => {
    const { controlPlane } = bench;
    // Where a run's /tmp is its own, the next one begins well.
    const command =
      "[ ! -e /tmp/hanging ] || sleep 60; [ ! -e /tmp/failing ] || { echo stuck at $GREETING; exit 7; }";
    const often = { timeoutSeconds: 1, everySeconds: 0.5 };
    const asked = { kind: "command" as const, command, ...often };
    const { promises, ...web } = await bench.web();
    const spec = { ...web, promises: [...promises, asked] };
    controlPlane.run(spec);
    bench.startAgent();
    const first = await controlPlane.untilPhase(spec.id, "ready");
    const name = `command ${command}`;
    expect(first.promises?.[1]).toEqual({ name, kept: true, message: "" });
    const broken = async (why: string, restarts: number): Promise<void> => {
      const unready = await controlPlane.untilPhase(spec.id, "unready");
      const seen = [{ kept: true }, { name, kept: false, message: why }];
      expect(unready).toMatchObject({ restarts, promises: seen });
      expect(unready.message).toContain(why);
    };
    await textOf(first, "/fail");
    await broken("the command ended with code 7: stuck at hello", 0);
    const second = await controlPlane.until(() => {
      const observed = controlPlane.observed(spec.id);
      return observed?.phase === "ready" && observed.restarts === 1 && observed;
    });
    expect(second.pid).not.toBe(first.pid);
    await textOf(second, "/hang");
    await broken("the command did not end within 1 s", 1);
  });

  it("writes changed files under the living instance", async () => {
    const { controlPlane } = bench;
    const spec = await bench.web();
    controlPlane.run(spec);
    bench.startAgent();
    const before = await controlPlane.untilPhase(spec.id, "ready");
    controlPlane.run({ ...spec, files: { token: "second" } });
    await expect
      .poll(() => textOf(before, "/file"), { timeout: 30_000, interval: 20 })
      .toBe("second");
    expect(controlPlane.observed(spec.id)).toMatchObject({ pid: before.pid, restarts: 0 });
  });

  it("says why an instance crashes at its start, with its last lines, and starts it again later and later", async () => {
    const { controlPlane } = bench;
    const digest = await bench.artefact({ "server.js": `throw new Error("no database")` });
    const spec = { ...(await bench.web()), artefact: { kind: "blob" as const, digest } };
    controlPlane.run(spec);
    bench.startAgent();
    const crashed = await controlPlane.until(() => {
      const observed = controlPlane.observed(spec.id);
      return observed && observed.restarts >= 3 && observed;
    });
    expect(crashed.message).toBe("It ended with code 1.");
    expect(crashed.lastLogs?.join("\n")).toContain("no database");
    expect(controlPlane.phases(spec.id)).toContain("backing-off");
  });

  it("runs a brick of the installation, which sees its own bundle and no more", async () => {
    const { controlPlane } = bench;
    const script = `
      const { readdirSync } = require("node:fs");
      const platform = "/opt/bastide/platform";
      const found = {
        root: readdirSync(platform),
        apps: readdirSync(platform + "/apps"),
        gateway: readdirSync(platform + "/apps/gateway"),
        uid: process.getuid(),
      };
      require("node:http").createServer((q, r) => r.end(JSON.stringify(found))).listen(process.env.PORT);
    `;
    const brick = await bench.web({
      artefact: { kind: "installed", brick: "gateway" },
      command: ["/opt/bastide/node/bin/node", "-e", script],
      promises: [],
    });
    controlPlane.run(brick);
    bench.startAgent();
    const ready = await controlPlane.untilPhase(brick.id, "ready");
    const found = JSON.parse(await textOf(ready, "/"));
    expect(found).toMatchObject({
      root: ["apps"],
      apps: ["gateway"],
      gateway: ["bundle"],
    });
    const own = process.getuid?.() ?? 0;
    const isItsOwn = found.uid >= 200_000;
    expect(own === 0 ? isItsOwn : found.uid === own).toBe(true);
  });
});
