import type { BlobStore } from "../blobs/blob-store.ts";
import { checkedTar, type ArchiveContent, type ReadOptions } from "./read-archive.ts";

/**
 * Takes an upload (plain or gzipped tar) into a blob store as a plain tar, checking every entry on the way; nothing is
 * held in memory. The digest is that of the plain tar, so the same source is the same blob however it was compressed.
 * Throws `unsafe-archive`, `too-large`, `digest-mismatch`, `disk-full`; then nothing is kept.
 */
export async function storeSource(
  upload: AsyncIterable<Uint8Array>,
  blobs: BlobStore,
  options: ReadOptions & { readonly expectedDigest?: string } = {},
): Promise<ArchiveContent> {
  let content: ArchiveContent | undefined;
  const checked = async function* (): AsyncGenerator<Uint8Array> {
    content = yield* checkedTar(upload, options);
  };
  const { expectedDigest, signal } = options;
  const receipt = await blobs.put(checked(), { expectedDigest, signal });
  return { files: content?.files ?? 0, ...receipt };
}
