import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";

/** Bytes that a socket's path may have (sockaddr_un has 108, one of them the end). */
const MAX_BYTES = 107;

/**
 * Runs `use` with a path that is short enough for a UNIX socket: a longer one is reached through a descriptor of its
 * directory. `use` must be done with the path when it returns.
 */
export function withShortPath<Result>(path: string, use: (short: string) => Result): Result {
  if (Buffer.byteLength(path) <= MAX_BYTES) return use(path);
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return use(`/proc/self/fd/${directory}/${basename(path)}`);
  } finally {
    closeSync(directory);
  }
}
