import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import type { BlobStore } from "./blob-store.ts";

const digestOf = (text: string): string =>
  `sha256:${createHash("sha256").update(text).digest("hex")}`;
const content = (...parts: string[]): Readable =>
  Readable.from(parts.map((part) => Buffer.from(part)));
const listed = async (store: BlobStore): Promise<string[]> => {
  const digests: string[] = [];
  for await (const digest of store.list()) digests.push(digest);
  return digests.toSorted();
};

/** What every blob store does, whatever it keeps blobs in. */
export function blobStoreContract(name: string, open: () => Promise<BlobStore>): void {
  describe(`${name} as a blob store`, () => {
    let store: BlobStore;
    beforeEach(async () => {
      store = await open();
    });
    const read = async (digest: string): Promise<string> =>
      (await buffer(await store.open(digest))).toString();

    it("gives back what it was given, by its SHA-256", async () => {
      const receipt = await store.put(content("hello ", "world"));
      expect(receipt).toEqual({ digest: digestOf("hello world"), sizeBytes: 11 });
      expect(await read(receipt.digest)).toBe("hello world");
      expect(await store.has(receipt.digest)).toBe(true);
      expect(await store.sizeOf(receipt.digest)).toBe(11);
    });

    it("keeps an empty blob", async () => {
      const { digest } = await store.put(content());
      expect(digest).toBe(digestOf(""));
      expect(await read(digest)).toBe("");
    });

    it("takes the same content twice, also at the same time", async () => {
      const receipts = await Promise.all([1, 2, 3].map(() => store.put(content("same"))));
      expect(new Set(receipts.map(({ digest }) => digest)).size).toBe(1);
      expect(await listed(store)).toEqual([digestOf("same")]);
    });

    it("refuses content with another digest than expected, and keeps nothing", async () => {
      const put = store.put(content("b"), { expectedDigest: digestOf("a") });
      await expect(put).rejects.toMatchObject({ code: "digest-mismatch" });
      expect(await listed(store)).toEqual([]);
    });

    it("refuses content over the limit as soon as it is over, and stops reading it", async () => {
      let sent = 0;
      const endless = async function* () {
        for (;;) {
          sent += 1;
          yield Buffer.alloc(1000);
        }
      };
      await expect(store.put(endless(), { maxBytes: 5000 })).rejects.toMatchObject({
        code: "too-large",
      });
      expect(sent).toBe(6);
      expect(await listed(store)).toEqual([]);
    });

    it("keeps nothing of content that breaks off", async () => {
      const broken = async function* () {
        yield Buffer.from("half");
        throw new Error("connection lost");
      };
      await expect(store.put(broken())).rejects.toThrow("connection lost");
      expect(await listed(store)).toEqual([]);
    });

    it("stops with the signal's reason", async () => {
      const controller = new AbortController();
      const cancelled = async function* () {
        yield Buffer.from("one");
        controller.abort(new Error("cancelled"));
        yield Buffer.from("two");
      };
      await expect(store.put(cancelled(), { signal: controller.signal })).rejects.toThrow(
        "cancelled",
      );
      expect(await listed(store)).toEqual([]);
    });

    it("says when a blob is not there", async () => {
      await expect(store.open(digestOf("never"))).rejects.toMatchObject({ code: "blob-not-found" });
      expect(await store.has(digestOf("never"))).toBe(false);
      expect(await store.sizeOf(digestOf("never"))).toBeUndefined();
    });

    it("deletes, also what is not there, and lets an open reader finish", async () => {
      const { digest } = await store.put(content("x".repeat(100_000)));
      const reader = await store.open(digest);
      await store.delete(digest);
      await store.delete(digest);
      expect(await store.has(digest)).toBe(false);
      expect((await buffer(reader)).byteLength).toBe(100_000);
    });
  });
}
