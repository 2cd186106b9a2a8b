import { execFile } from "node:child_process";
import { open, mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const BYTES = 1024 * 1024;

/** A small file system of its own, which can be filled to the last byte; as root only. */
export class FullDisk implements AsyncDisposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(): Promise<FullDisk> {
    const directory = await mkdtemp(join(tmpdir(), "bastide-full-disk-"));
    await run("mount", ["-t", "tmpfs", "-o", `size=${BYTES}`, "bastide-full-disk", directory]);
    return new FullDisk(directory);
  }

  file(name: string): string {
    return join(this.#directory, name);
  }

  async fill(): Promise<void> {
    await using file = await open(this.file("filler"), "w");
    const block = Buffer.alloc(4096);
    try {
      for (;;) await file.write(block);
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "ENOSPC")) throw cause;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", [this.#directory]);
    await rmdir(this.#directory);
  }
}
