import { createHash } from "node:crypto";

/** Port: where an artefact's bytes come from. Called by the cache, once per digest at a time, many digests at once. */
export abstract class ArtefactSource {
  /** The canonical tar with this digest, as it comes; whoever reads it checks it. */
  abstract open(digest: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** Hands bytes on and throws at their end unless they have the digest. */
export async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  digest: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest)
    throw new Error(
      `what arrived has the digest ${found} and not ${digest}; it is fetched again by itself`,
    );
}
