import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packSource } from "@bastide/builder";
import { endpoints, type Source } from "@bastide/contracts";
import type { Connection } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Target } from "../api/target.ts";

const UPLOAD_TIMEOUT_MS = 3_600_000;

export interface UploadOptions {
  readonly prebuilt: boolean;
  readonly signal: AbortSignal;
  /** How far it is, in bytes of the archive. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
}

/** Packs a directory into a temporary archive while the platform is connected to, and sends it. Throws BuilderError when it cannot be packed. */
export async function uploadDirectory(
  directory: string,
  target: Target,
  connecting: Promise<Pick<Connection, "client">>,
  { prebuilt, signal, onProgress }: UploadOptions,
): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), "bastide-source-"));
  const file = join(folder, "source.tar.gz");
  try {
    const { packedBytes } = await packSource(directory, file, { prebuilt, signal });
    const { client } = await connecting;
    return await client.call(endpoints.sources.upload, {
      parameters: target,
      body: ReadableStream.from(counted(file, (sent) => onProgress?.(sent, packedBytes))),
      signal: within(signal, UPLOAD_TIMEOUT_MS),
      headers: { "content-length": String(packedBytes) },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* counted(
  file: string,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of createReadStream(file)) {
    count += chunk.length;
    onBytes(count);
    yield chunk;
  }
}
