import { randomBytes } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSealingKey, sealingWith } from "./sealing.ts";

describe("sealing", () => {
  it("opens what it sealed, and nothing that was changed or sealed with another key", () => {
    const [mine, other] = [sealingWith(randomBytes(32)), sealingWith(randomBytes(32))];
    const sealed = mine.seal(Buffer.from("secret"));
    expect(sealed.includes("secret")).toBe(false);
    expect(mine.open(sealed).toString()).toBe("secret");
    expect(() => other.open(sealed)).toThrow("authenticate");
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => mine.open(changed)).toThrow("authenticate");
    }
    expect(() => mine.open(sealed.subarray(0, 20))).toThrow(/tag|authenticate/i);
  });

  it("makes its key once, for its owner alone, and refuses a file that is none", async () => {
    const directory = await mkdtemp(join(tmpdir(), "agent-key-"));
    try {
      const file = join(directory, "own.key");
      const key = await loadSealingKey(file);
      expect(await loadSealingKey(file)).toEqual(key);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await writeFile(file, "short");
      await expect(loadSealingKey(file)).rejects.toThrow("does not hold a key of 32 bytes");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
