import { ProblemError } from "@bastide/service-kit";
import type { Readable } from "node:stream";

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;

function tooLarge(limitBytes: number, what: string): ProblemError {
  return new ProblemError(
    "too-large",
    `${what}; the limit is ${mebibytes(limitBytes)}. Leave out what the build makes itself (node_modules, dist) and large data by a .gitignore or .bastideignore file`,
  );
}

/** Refuses at once what says of itself that it is too large. */
export function checkDeclaredSize(contentLength: string | undefined, limitBytes: number): void {
  const declared = Number(contentLength ?? 0);
  if (declared > limitBytes)
    throw tooLarge(limitBytes, `the upload has ${mebibytes(declared)} (${declared} bytes)`);
}

/**
 * The upload's bytes until there are too many. What comes after a refusal is read and thrown away, so that the caller
 * gets to read the refusal instead of a broken connection.
 */
export async function* limited(upload: Readable, limitBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of upload.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("the upload is no stream of bytes");
      bytes += chunk.byteLength;
      if (bytes > limitBytes)
        throw tooLarge(limitBytes, `the upload has over ${mebibytes(limitBytes)}`);
      yield chunk;
    }
  } finally {
    upload.resume();
  }
}
