import type { Readable } from "node:stream";

/** What was stored: `sha256:` and 64 hexadecimal digits, and how many bytes. */
export interface BlobReceipt {
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface PutOptions {
  /** Refuse the content with `digest-mismatch`, keeping nothing, unless it has this digest. */
  readonly expectedDigest?: string | undefined;
  /** Refuse the content with `too-large`, keeping nothing, when it is longer. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Port: bytes by their SHA-256. Called by the orchestrator for sources, artefacts and SBOMs, by agents for what they
 * pulled; many calls at once, also for the same content. A blob is there whole and verified, or not at all, also after
 * a kill at any moment: `put` resolves only when the content would survive a power cut.
 */
export abstract class BlobStore {
  /**
   * Stores the content; storing what is there already succeeds and changes nothing.
   * Throws `digest-mismatch`, `too-large`, `disk-full`, or the signal's reason; then nothing is kept.
   */
  abstract put(content: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<BlobReceipt>;

  abstract has(digest: string): Promise<boolean>;

  /** Bytes of the blob, or undefined when it is not there. */
  abstract sizeOf(digest: string): Promise<number | undefined>;

  /** Throws `blob-not-found`. A blob deleted while it is read is still read to its end. */
  abstract open(digest: string): Promise<Readable>;

  /** Deleting what is not there succeeds. */
  abstract delete(digest: string): Promise<void>;

  /** Every digest, in no order; blobs stored or deleted meanwhile may or may not be among them. */
  abstract list(): AsyncIterable<string>;
}
