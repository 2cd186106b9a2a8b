import { createHash } from "node:crypto";
import { BuilderError } from "../builder-error.ts";
import type { BlobReceipt, PutOptions } from "./blob-store.ts";

const DIGEST = /^sha256:([0-9a-f]{64})$/;

/** The hexadecimal part. Throws RangeError for anything else, so that a digest is always safe as a file name. */
export function hexOf(digest: string): string {
  const hex = DIGEST.exec(digest)?.[1];
  if (hex === undefined)
    throw new RangeError(`"${digest}" is no digest: sha256: and 64 hexadecimal digits`);
  return hex;
}

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Counts and hashes what flows through it. */
export class DigestTap {
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The content as it is; stops with the signal's reason. */
  async *through(
    content: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      signal?.throwIfAborted();
      this.#sizeBytes += chunk.byteLength;
      this.#hash.update(chunk);
      yield chunk;
    }
    signal?.throwIfAborted();
  }

  /** To be asked once, when all has flowed. */
  receipt(): BlobReceipt {
    return { digest: `sha256:${this.#hash.digest("hex")}`, sizeBytes: this.#sizeBytes };
  }
}

/** Hands the content on chunk by chunk and gives its digest and size, checked against what the caller allows. */
export async function digesting(
  content: AsyncIterable<Uint8Array>,
  { expectedDigest, maxBytes = Number.POSITIVE_INFINITY, signal }: PutOptions,
  write: (chunk: Uint8Array) => Promise<void> | void,
): Promise<BlobReceipt> {
  const tap = new DigestTap();
  for await (const chunk of tap.through(content, signal)) {
    if (tap.sizeBytes > maxBytes) throw tooLarge(maxBytes);
    await write(chunk);
  }
  const receipt = tap.receipt();
  if (expectedDigest !== undefined && receipt.digest !== expectedDigest)
    throw new BuilderError(
      "digest-mismatch",
      `The content has the digest ${receipt.digest} and not ${expectedDigest}: it was damaged or cut on its way; send it again.`,
    );
  return receipt;
}

const tooLarge = (maxBytes: number): BuilderError =>
  new BuilderError(
    "too-large",
    `The content is larger than the limit of ${maxBytes} bytes; nothing of it was kept.`,
  );

export const blobNotFound = (digest: string): BuilderError =>
  new BuilderError("blob-not-found", `No blob with the digest ${digest} is stored here.`);
