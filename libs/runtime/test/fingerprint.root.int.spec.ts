import { afterAll, describe, expect, it } from "vitest";
import { ProcessDriver } from "../src/index.ts";
import { findTools } from "../src/process/tools.ts";
import { Workspace } from "../src/testing/index.ts";
import { removeControlGroup } from "./control-group-cleanup.ts";

const workspace = new Workspace();

afterAll(async () => {
  workspace.remove();
  await removeControlGroup(`bastide-fingerprint-${process.pid}`);
});

describe("what the machine gives (needs root, bubblewrap and control groups)", () => {
  it("finds all of the minimum by running something, and nothing missing", async () => {
    const facts = await new ProcessDriver({
      controlGroup: `bastide-fingerprint-${process.pid}`,
    }).fingerprint();
    expect(facts).toMatchObject({
      ownUid: true,
      seccomp: true,
      noNewPrivileges: true,
      noCapabilities: true,
      missing: [],
    });
    expect(facts.namespaces).toEqual(expect.arrayContaining(["mnt", "pid", "ipc", "uts"]));
    for (const mechanism of [facts.memoryLimit, facts.cpuLimit, facts.processLimit]) {
      expect(mechanism).toMatch(/^cgroup-v[12]$/);
    }
  });

  it("refuses to run anything as root without a sandbox, and names the fix", async () => {
    const tools = new Map([...findTools()].filter(([name]) => name !== "bwrap"));
    const driver = new ProcessDriver({ controlGroup: `bastide-fingerprint-${process.pid}`, tools });
    expect(await driver.fingerprint()).toMatchObject({
      ownUid: false,
      namespaces: [],
      seccomp: false,
    });
    await expect(driver.start(workspace.shell("true"))).rejects.toMatchObject({
      code: "isolation-missing",
      message: expect.stringContaining("install the package bubblewrap"),
    });
  });

  it("refuses to run anything as root without limits that bind, and names the fix", async () => {
    const driver = new ProcessDriver({ controlGroup: "x".repeat(5000) });
    expect(await driver.fingerprint()).toMatchObject({ cpuLimit: "none", processLimit: "none" });
    await expect(driver.start(workspace.shell("true"))).rejects.toMatchObject({
      code: "isolation-missing",
      message: expect.stringMatching(/CPU time is not limited: .*cgroup/),
    });
  });

  it("refuses to run anything as root itself", async () => {
    const driver = new ProcessDriver({ controlGroup: `bastide-fingerprint-${process.pid}` });
    await expect(driver.start(workspace.shell("true", { uid: 0 }))).rejects.toMatchObject({
      code: "start-failed",
      message: expect.stringContaining("uid of its own"),
    });
  });
});
