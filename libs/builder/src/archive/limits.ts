/** What an archive may hold; all counts are of the unpacked form. */
export interface ArchiveLimits {
  /** Bytes of the whole tar, headers included. */
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** Names in a path. */
  readonly maxDepth: number;
  readonly maxPathBytes: number;
}

/** For what a caller uploads: 1 GiB unpacked, 100 000 entries. */
export const SOURCE_LIMITS: ArchiveLimits = {
  maxBytes: 1024 ** 3,
  maxEntries: 100_000,
  maxDepth: 64,
  maxPathBytes: 1024,
};

/** For what a build made, dependencies included: 8 GiB, a million entries. */
export const ARTEFACT_LIMITS: ArchiveLimits = {
  maxBytes: 8 * 1024 ** 3,
  maxEntries: 1_000_000,
  maxDepth: 128,
  maxPathBytes: 4096,
};
