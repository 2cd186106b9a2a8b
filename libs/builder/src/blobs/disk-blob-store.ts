import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { hasCode, namingFullDisk } from "../builder-error.ts";
import { BlobStore, type BlobReceipt, type PutOptions } from "./blob-store.ts";
import { blobNotFound, hexOf } from "./digesting.ts";
import { writeFileWhole } from "./write-file.ts";

/**
 * Blobs as files `sha256/<two digits>/<64 digits>`, written beside as `incoming/<uuid>` and renamed when they are whole.
 * One process per directory: opening the store clears what a killed one left half written.
 */
export class DiskBlobStore extends BlobStore {
  readonly #root: string;

  private constructor(root: string) {
    super();
    this.#root = root;
  }

  /** Opens the store, making its directory (0700) if need be. Throws `disk-full`. */
  static async open(root: string): Promise<DiskBlobStore> {
    try {
      await rm(join(root, "incoming"), { recursive: true, force: true });
      await mkdir(join(root, "incoming"), { recursive: true, mode: 0o700 });
      await mkdir(join(root, "sha256"), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw namingFullDisk(error, root);
    }
    return new DiskBlobStore(root);
  }

  /** Where the blob lies, or would lie. Whoever changes that file breaks the store. */
  path(digest: string): string {
    const hex = hexOf(digest);
    return join(this.#root, "sha256", hex.slice(0, 2), hex);
  }

  override async put(
    content: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<BlobReceipt> {
    const temporary = join(this.#root, "incoming", randomUUID());
    try {
      const receipt = await writeFileWhole(temporary, content, { ...options, durable: true });
      await this.#publish(temporary, receipt.digest);
      return receipt;
    } catch (error) {
      throw namingFullDisk(error, this.#root);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** The rename is durable only when both directories are on disk: the blob's own, and the one that names it. */
  async #publish(temporary: string, digest: string): Promise<void> {
    const directory = join(this.path(digest), "..");
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    await rename(temporary, this.path(digest));
    await syncDirectory(directory);
    if (made !== undefined) await syncDirectory(join(directory, ".."));
  }

  override async has(digest: string): Promise<boolean> {
    return (await this.sizeOf(digest)) !== undefined;
  }

  override async sizeOf(digest: string): Promise<number | undefined> {
    try {
      return (await stat(this.path(digest))).size;
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  override async open(digest: string): Promise<Readable> {
    let file: FileHandle;
    try {
      file = await open(this.path(digest));
    } catch (error) {
      throw hasCode(error, "ENOENT") ? blobNotFound(digest) : error;
    }
    return file.createReadStream({ highWaterMark: 256 * 1024 });
  }

  override async delete(digest: string): Promise<void> {
    await rm(this.path(digest), { force: true });
  }

  override async *list(): AsyncGenerator<string> {
    for (const fan of await readdir(join(this.#root, "sha256")))
      for (const hex of await readdir(join(this.#root, "sha256", fan))) yield `sha256:${hex}`;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
