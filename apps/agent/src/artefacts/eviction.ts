/** An unpacked artefact as eviction sees it. */
export interface Evictable {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly lastUsedMs: number;
  readonly isInUse: boolean;
}

export interface CacheLimits {
  /** Artefacts that nothing uses. */
  readonly maxUnused: number;
  readonly maxUnusedBytes: number;
}

export const CACHE_LIMITS: CacheLimits = { maxUnused: 20, maxUnusedBytes: 10 * 1024 ** 3 };
/** When the disk is full, nothing unused is worth keeping. */
export const KEEP_NOTHING: CacheLimits = { maxUnused: 0, maxUnusedBytes: 0 };

/** Which artefacts to drop, least recently used first; one that is in use never is. */
export function toEvict(entries: readonly Evictable[], limits: CacheLimits): readonly string[] {
  const newestFirst = entries
    .filter(({ isInUse }) => !isInUse)
    .toSorted((a, b) => b.lastUsedMs - a.lastUsedMs);
  let bytes = 0;
  return newestFirst.flatMap(({ digest, sizeBytes }, index) => {
    bytes += sizeBytes;
    return index >= limits.maxUnused || bytes > limits.maxUnusedBytes ? [digest] : [];
  });
}
