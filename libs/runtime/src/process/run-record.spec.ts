import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  parseStatus,
  readProcessFile,
  readRecord,
  type RunRecord,
  stateFiles,
  writeRecord,
} from "./run-record.ts";

let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bastide-record-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("bubblewrap's status file", () => {
  const first = '{ "child-pid": 10110, "pid-namespace": 4026532180 }\n';

  it("tells the init's number, and later the exit code", () => {
    expect(parseStatus(first)).toEqual({ initPid: 10110 });
    expect(parseStatus(`${first}{ "exit-code": 3 }\n`)).toEqual({ initPid: 10110, exitCode: 3 });
  });

  it("is believed line by line, a line cut short not at all", () => {
    expect(parseStatus(`${first}{ "exit-co`)).toEqual({ initPid: 10110 });
    expect(parseStatus('{ "child-pid": -4 }\nnonsense\n')).toEqual({});
  });
});

describe("a run's record", () => {
  const record: RunRecord = {
    sandboxed: true,
    uid: 200001,
    workingDirectory: "/app",
    resourceLimits: ["--nofile=1:1"],
    controlGroups: [{ version: "cgroup-v1", directory: "/x", controllers: ["memory"] }],
    init: { pid: 5, startTicks: 6 },
  };

  it("comes back as it was kept", async () => {
    await writeRecord(directory, record);
    expect(readRecord(directory)).toEqual(record);
  });

  it("is none where the file is damaged", async () => {
    await writeFile(stateFiles(directory).record, '{"sandboxed":true,"uid":"x"');
    expect(readRecord(directory)).toBeUndefined();
  });
});

describe("the launcher's note", () => {
  it("names the process and the boot", async () => {
    const stat = "77 (sh) S 1 77 77 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 999 0 0";
    await writeFile(stateFiles(directory).process, `${stat}\nboot-1\n`);
    expect(readProcessFile(directory)).toMatchObject({
      pid: 77,
      startTicks: 999,
      bootId: "boot-1",
    });
  });

  it("is none where there is none", () => {
    expect(readProcessFile(join(directory, "other"))).toBeUndefined();
  });
});
