import type { NodeReport, ObservedInstance } from "@bastide/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { Journal } from "../journal/journal.ts";
import { Reporter } from "./reporter.ts";

const FACTS: NodeReport["facts"] = {
  hostname: "one",
  kernel: "6.1",
  arch: "x64",
  cpus: 2,
  memoryBytes: 1,
  diskFreeBytes: 1,
  nodeVersion: "24.21.0",
  platformVersion: "0.1.0",
  drivers: ["process"],
  isolation: {
    ownUid: true,
    namespaces: [],
    seccomp: true,
    noNewPrivileges: true,
    noCapabilities: true,
    memoryLimit: "cgroup-v1",
    cpuLimit: "cgroup-v1",
    processLimit: "cgroup-v1",
  },
};

const observed = (id: string, phase: ObservedInstance["phase"]): ObservedInstance => ({
  id,
  phase,
  restarts: 0,
  promises: [],
});

class Receiver {
  readonly instances = new Map<string, ObservedInstance>();
  readonly taken: NodeReport[] = [];
  isGone = false;
  refused = 0;
  readonly reporter = new Reporter({
    observe: (id) => this.instances.get(id),
    incarnation: 1,
    ids: () => [...this.instances.keys()],
    refresh: async () => {
      for (const [id, before] of this.instances)
        this.instances.set(id, { ...before, memoryBytes: 1000 });
    },
    facts: () => Promise.resolve(FACTS),
    agentUrl: "http://127.0.0.1:1",
    send: async (report) => {
      if (this.isGone) this.refused += 1;
      if (this.isGone) throw new Error("gone");
      this.taken.push(report);
    },
    journal: new Journal(() => {}),
  });
}

describe("reports", () => {
  const receiver = () => (current = new Receiver());
  let current: Receiver | undefined;
  afterEach(() => current?.reporter.stop(100));

  it("begin with everything, then tell what changed, together when it comes together", async () => {
    const { reporter, instances, taken } = receiver();
    instances.set("a", observed("a", "ready")).set("b", observed("b", "ready"));
    reporter.start();
    await expect.poll(() => taken.length).toBe(1);
    expect(taken[0]).toMatchObject({ complete: true, instances: [{ id: "a" }, { id: "b" }] });
    instances.set("b", observed("b", "unready"));
    reporter.changed("b");
    reporter.changed("a");
    await expect.poll(() => taken.length).toBe(2);
    expect(taken[1]?.complete).toBe(false);
    expect(taken[1]?.instances.map(({ id }) => id)).toEqual(["b", "a"]);
  });

  it("say of an instance that is gone that it stopped", async () => {
    const { reporter, taken } = receiver();
    reporter.start();
    await expect.poll(() => taken.length).toBe(1);
    reporter.changed("gone");
    await expect.poll(() => taken.at(-1)?.instances).toEqual([observed("gone", "stopped")]);
  });

  it("say how much memory is used soon after a change, not at the next heartbeat", async () => {
    const { reporter, instances, taken } = receiver();
    reporter.start();
    await expect.poll(() => taken.length).toBe(1);
    instances.set("a", observed("a", "ready"));
    reporter.changed("a");
    await expect
      .poll(() => taken.at(-1)?.instances[0]?.memoryBytes, { timeout: 30_000 })
      .toBe(1000);
  });

  it("are complete again after a failure, and lose no news", async () => {
    const held = receiver();
    const { reporter, instances, taken } = held;
    instances.set("a", observed("a", "ready"));
    reporter.start();
    await expect.poll(() => taken.length).toBe(1);
    held.isGone = true;
    reporter.changed("gone");
    reporter.changed("a");
    await expect.poll(() => held.refused).toBeGreaterThan(0);
    held.isGone = false;
    await expect.poll(() => taken.length, { timeout: 30_000 }).toBe(2);
    expect(taken[1]?.complete).toBe(true);
    expect(taken[1]?.instances.map(({ id }) => id).toSorted()).toEqual(["a", "gone"]);
  });
});
