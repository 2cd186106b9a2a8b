import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";

/**
 * Strong validators (RFC 9110 §8.8.3) of files by their content: the files of two releases have the same times and often
 * the same sizes, so that the usual tag of both would let browsers keep what is outdated. Each file is read once.
 */
export class Etags {
  readonly #known = new Map<string, Promise<string>>();

  of(path: string, stat: Stats): Promise<string> {
    const key = `${path}\0${stat.ino}\0${stat.size}\0${stat.mtimeMs}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const tag = hashOf(path);
    this.#known.set(key, tag);
    tag.catch(() => this.#known.delete(key));
    return tag;
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return `"${hash.digest("base64url").slice(0, 22)}"`;
}

/** Whether an If-None-Match header names this tag (weak comparison, RFC 9110 §13.1.2). */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((tag) => ["*", etag].includes(tag.trim().replace(/^W\//, "")));
}
