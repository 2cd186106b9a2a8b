import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { memoryEncryption } from "./memory-encryption.ts";

it("is what the kernel has a guest device for, and nothing where it has none", async () => {
  const devices = await mkdtemp(join(tmpdir(), "bastide-devices-"));
  try {
    expect(await memoryEncryption(devices)).toEqual([]);
    await writeFile(join(devices, "tdx_guest"), "");
    expect(await memoryEncryption(devices)).toEqual(["tdx"]);
  } finally {
    await rm(devices, { recursive: true });
  }
});
