import { Readable } from "node:stream";
import { BlobStore, type BlobReceipt, type PutOptions } from "./blob-store.ts";
import { blobNotFound, digesting } from "./digesting.ts";

/** Keeps blobs in memory: for tests, and for whoever needs a store that leaves nothing behind. */
export class MemoryBlobStore extends BlobStore {
  readonly #blobs = new Map<string, Buffer>();

  override async put(
    content: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<BlobReceipt> {
    const chunks: Uint8Array[] = [];
    const receipt = await digesting(content, options, (chunk) => void chunks.push(chunk));
    this.#blobs.set(receipt.digest, Buffer.concat(chunks));
    return receipt;
  }

  override has(digest: string): Promise<boolean> {
    return Promise.resolve(this.#blobs.has(digest));
  }

  override sizeOf(digest: string): Promise<number | undefined> {
    return Promise.resolve(this.#blobs.get(digest)?.byteLength);
  }

  override open(digest: string): Promise<Readable> {
    const bytes = this.#blobs.get(digest);
    if (bytes === undefined) return Promise.reject(blobNotFound(digest));
    return Promise.resolve(Readable.from([bytes], { objectMode: false }));
  }

  override delete(digest: string): Promise<void> {
    this.#blobs.delete(digest);
    return Promise.resolve();
  }

  override async *list(): AsyncGenerator<string> {
    yield* this.#blobs.keys();
  }
}
