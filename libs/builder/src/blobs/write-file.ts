import { open, rm, type FileHandle } from "node:fs/promises";
import { namingFullDisk } from "../builder-error.ts";
import type { BlobReceipt, PutOptions } from "./blob-store.ts";
import { digesting } from "./digesting.ts";

/** Writes a new file (0600) with its digest, on disk when this resolves if `durable`; a failure leaves no file. */
export async function writeFileWhole(
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: PutOptions & { readonly durable: boolean },
): Promise<BlobReceipt> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      const receipt = await digesting(content, options, (chunk) => writeAll(file, chunk));
      if (options.durable) await file.sync();
      return receipt;
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw namingFullDisk(error, path);
  }
}

/** A single write may be short, on a nearly full disk for one. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength)
    written += (await file.write(chunk, written, chunk.byteLength - written)).bytesWritten;
}
