import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeInstanceFiles } from "./instance-files.ts";

describe("an instance's files", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agent-files-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("are exactly those wanted, readable by their owner alone", async () => {
    await writeInstanceFiles(directory, { token: "one", old: "x" }, undefined);
    await writeInstanceFiles(directory, { token: "two" }, undefined);
    expect(await readdir(directory)).toEqual(["token"]);
    expect(await readFile(join(directory, "token"), "utf8")).toBe("two");
    expect((await stat(join(directory, "token"))).mode & 0o777).toBe(0o400);
  });
});
