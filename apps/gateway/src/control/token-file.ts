import { readFile } from "node:fs/promises";

/** Acknowledgements come by the hundred a second; a token is renewed long before it ends. */
const READ_EVERY_MS = 1_000;

/** Gives the token in a file, which another program renews. `nowMs`: a clock that never goes back. */
export function tokenIn(file: string, nowMs: () => number): () => Promise<string> {
  let token: Promise<string> | undefined;
  let readMs = 0;
  return () => {
    if (token !== undefined && nowMs() - readMs < READ_EVERY_MS) return token;
    const reading = readFile(file, "utf8").then((text) => text.trim());
    token = reading;
    readMs = nowMs();
    // What could not be read is tried again, and not remembered.
    reading.catch(() => {
      if (token === reading) token = undefined;
    });
    return reading;
  };
}
