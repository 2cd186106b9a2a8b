import { writeFileWhole } from "../blobs/write-file.ts";
import { canonicalTar } from "./canonical-tar.ts";
import { ARTEFACT_LIMITS } from "./limits.ts";
import type { ArchiveContent } from "./read-archive.ts";
import { walkTree, type LeaveOut } from "./walk-tree.ts";

export interface PackOptions {
  readonly leaveOut?: LeaveOut;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the canonical tar of a directory to a new file (0600), uncompressed: content-addressed storage and the kernel's
 * page cache like plain bytes, and a compressor's version would change the digest. The same tree gives the same bytes.
 * Throws `unsafe-archive` (a link that leaves the directory, a socket …), `too-large`, `disk-full`; then no file is left.
 */
export async function packArtefact(
  directory: string,
  file: string,
  options: PackOptions = {},
): Promise<ArchiveContent> {
  const { leaveOut, maxBytes = ARTEFACT_LIMITS.maxBytes, signal } = options;
  let files = 0;
  const entries = async function* () {
    for await (const entry of walkTree(directory, leaveOut)) {
      if (entry.kind !== "directory") files += 1;
      yield entry;
    }
  };
  const receipt = await writeFileWhole(file, canonicalTar(entries()), {
    maxBytes,
    signal,
    durable: false,
  });
  return { ...receipt, files };
}
