import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench } from "./bench.fixture.ts";

describe("an agent of an ordinary user", () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.make();
  });
  afterEach(() => bench.clear());

  it("runs, repairs and adopts instances, and says what the machine does not give", async () => {
    const { controlPlane } = bench;
    const web = await bench.web();
    controlPlane.run(web);
    bench.startAgent();
    const before = await controlPlane.untilPhase(web.id, "ready");
    const text = await fetch(`http://127.0.0.1:${before.address?.port}/dependency`);
    expect(await text.text()).toBe("hello");
    const { isolation } = controlPlane.reports.at(-1)?.report.facts ?? {};
    expect(isolation?.ownUid).toBe(false);
    expect(isolation?.missing?.join(" ")).toContain("start the agent as root");
    process.kill(before.pid ?? Number.NaN, "SIGKILL");
    await controlPlane.until(() => {
      const observed = controlPlane.observed(web.id);
      return observed?.phase === "ready" && observed.restarts === 1;
    });
    await bench.endAgent("SIGKILL");
    const pid = controlPlane.observed(web.id)?.pid;
    const reports = controlPlane.reports.length;
    bench.startAgent();
    await controlPlane.until(() => controlPlane.reports.length > reports);
    expect(controlPlane.observed(web.id)).toMatchObject({ phase: "ready", pid, restarts: 1 });
  });
});
