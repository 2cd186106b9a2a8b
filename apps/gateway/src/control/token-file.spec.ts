import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tokenIn } from "./token-file.ts";

describe("the token of a file", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "bastide-token-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("is read again after a second, and not before", async () => {
    const file = join(directory, "token");
    let nowMs = 0;
    const token = tokenIn(file, () => nowMs);
    await writeFile(file, "first\n");
    expect(await token()).toBe("first");
    await writeFile(file, "second\n");
    nowMs = 999;
    expect(await token()).toBe("first");
    nowMs = 1_000;
    expect(await token()).toBe("second");
  });

  it("is read anew at once when it could not be read", async () => {
    const file = join(directory, "token");
    const token = tokenIn(file, () => 0);
    await expect(token()).rejects.toThrow("ENOENT");
    await writeFile(file, "there\n");
    expect(await token()).toBe("there");
  });
});
