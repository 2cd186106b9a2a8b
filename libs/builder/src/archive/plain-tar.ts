import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BuilderError, hasCode } from "../builder-error.ts";
import { unsafe } from "./entry-path.ts";

const startsWith = (chunk: Uint8Array, ...magic: readonly number[]): boolean =>
  magic.every((byte, index) => chunk[index] === byte);
const isGzip = (chunk: Uint8Array): boolean => startsWith(chunk, 0x1f, 0x8b);
const isZstandard = (chunk: Uint8Array): boolean => startsWith(chunk, 0x28, 0xb5, 0x2f, 0xfd);

/**
 * The plain tar in a stream that may be gzip (RFC 1952), told by its first two bytes. Stops with `too-large` as soon as
 * more than `maxBytes` came out, so that a compression bomb costs no more than the limit; `unsafe-archive` for damage.
 */
export async function* plainTar(
  input: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  try {
    for await (const chunk of decompressed(input)) {
      if (sizeBytes === 0) refuseCompressed(chunk);
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes)
        throw new BuilderError(
          "too-large",
          `The archive is larger than the limit of ${maxBytes} bytes unpacked; leave out what the app does not need (.bastideignore).`,
        );
      yield chunk;
    }
  } catch (error) {
    if (!hasCode(error, "Z_DATA_ERROR", "Z_BUF_ERROR")) throw error;
    throw unsafe(
      "The archive is cut off or damaged: its gzip stream does not end well; send it again.",
    );
  }
  if (sizeBytes === 0) throw unsafe("The archive is empty: a tar or a gzipped tar is needed.");
}

/** The tar parser would open a second layer by itself, past the limit on the first. */
function refuseCompressed(chunk: Uint8Array): void {
  if (isGzip(chunk)) throw unsafe("The archive is compressed twice; compress the tar once.");
  if (isZstandard(chunk))
    throw unsafe("The archive is compressed with Zstandard; send a plain or a gzipped tar.");
}

async function* decompressed(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const [head, whole] = await withHead(input);
  if (!isGzip(head)) {
    yield* whole;
    return;
  }
  const compressed = Readable.from(whole, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  compressed.on("error", (error) => gunzip.destroy(error));
  yield* compressed.pipe(gunzip);
}

/** At least four bytes to look at (fewer only when there are no more), and a stream that still begins with them. */
async function withHead(
  input: AsyncIterable<Uint8Array>,
): Promise<[head: Uint8Array, whole: AsyncIterable<Uint8Array>]> {
  const iterator = input[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.byteLength < 4) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return [head, resumed(head, iterator)];
}

async function* resumed(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (head.byteLength > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield next.value;
  } finally {
    await rest.return?.();
  }
}
