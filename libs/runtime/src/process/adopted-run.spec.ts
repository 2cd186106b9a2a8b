import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunHandle } from "../driver.ts";
import { waitForAdopted } from "./adopted-run.ts";
import { currentBootId, statOf } from "./proc.ts";

const NEVER = new AbortController().signal;

describe("waiting for a run that another process started", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "bastide-adopted-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  /** This very process, which outlives the wait. */
  function living(): RunHandle {
    const { startTicks = 0 } = statOf(process.pid) ?? {};
    const identity = { pid: process.pid, startTicks, bootId: currentBootId() };
    return { driver: "process", id: "one", ...identity, stateDirectory: directory };
  }

  it("ends with bubblewrap's note, before bubblewrap itself does", async () => {
    const status = join(directory, "status.jsonl");
    writeFileSync(status, '{ "child-pid": 1 }\n');
    const waiting = waitForAdopted(living(), NEVER);
    appendFileSync(status, '{ "exit-code": 137 }\n');
    await expect(waiting).resolves.toBeUndefined();
  });

  it("ends where the process is gone and nothing was noted", async () => {
    await expect(waitForAdopted({ ...living(), startTicks: 1 }, NEVER)).resolves.toBeUndefined();
  });

  it("goes on while nothing ends, until it is given up", async () => {
    const controller = new AbortController();
    const waiting = waitForAdopted(living(), controller.signal);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});
