import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { orAborted } from "../signals/or-aborted.ts";
import { isDiskFull } from "../disk/file-errors.ts";
import type { Durability } from "../disk/durability.ts";
import type { ArtefactSource } from "./artefact-source.ts";
import {
  type CachedArtefact,
  markOnDisk,
  openCached,
  readEntry,
  unpackArtefact,
} from "./cached-artefact.ts";
import { CACHE_LIMITS, type CacheLimits, KEEP_NOTHING, toEvict } from "./eviction.ts";

export interface CacheOptions {
  readonly directory: string;
  readonly source: ArtefactSource;
  readonly bootId: string;
  readonly durability: Durability;
  readonly limits?: CacheLimits;
}

interface Known {
  readonly artefact: CachedArtefact;
  lastUsedMs: number;
}

const FETCH_DEADLINE_MS = 15 * 60_000;
const NAME = /^[0-9a-f]{64}$/;
const digestOf = (name: string): string => `sha256:${name}`;
const nameOf = (digest: string): string => digest.slice("sha256:".length);

/** Artefacts unpacked on this node, by digest: fetched once, verified, kept while used and for some time after. */
export class ArtefactCache {
  readonly #options: CacheOptions;
  readonly #known = new Map<string, Known>();
  readonly #users = new Map<string, Set<string>>();
  readonly #fetching = new Map<string, Promise<CachedArtefact>>();

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** Finds what is there; clears what was cut off, and what another boot left that never reached the disk. */
  async load(): Promise<void> {
    const { directory, bootId } = this.#options;
    await rm(this.#incoming, { recursive: true, force: true });
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 });
    for (const name of (await readdir(directory)).filter((each) => NAME.test(each))) {
      const entry = await readEntry(join(directory, name));
      if (entry && (entry.isOnDisk || entry.bootId === bootId))
        await this.#remember(digestOf(name));
      else await this.#remove(name);
    }
  }

  /** Keeps the artefact from being dropped until the user lets go of it. */
  use(digest: string, user: string): void {
    const users = this.#users.get(digest) ?? new Set();
    this.#users.set(digest, users.add(user));
  }

  /** Drops what is over the limits. */
  async letGo(digest: string, user: string): Promise<void> {
    const users = this.#users.get(digest);
    users?.delete(user);
    if (users?.size === 0) this.#users.delete(digest);
    await this.#evict(this.#options.limits ?? CACHE_LIMITS);
  }

  /**
   * The artefact, fetched if need be. Callers of the same digest share one fetch, which goes on when they lose patience.
   * Rejects with the signal's reason when it is aborted.
   */
  get(digest: string, signal: AbortSignal): Promise<CachedArtefact> {
    const known = this.#known.get(digest);
    if (known) {
      known.lastUsedMs = Date.now();
      return Promise.resolve(known.artefact);
    }
    return orAborted(this.#fetching.get(digest) ?? this.#begin(digest), signal);
  }

  /** Unpacks what was built here, unless it is there already. */
  async admit(
    digest: string,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#known.has(digest)) return;
    const source = { open: () => Promise.resolve(bytes) };
    await orAborted(this.#fetching.get(digest) ?? this.#begin(digest, source), signal);
  }

  #begin(digest: string, source: ArtefactSource = this.#options.source): Promise<CachedArtefact> {
    const fetching = this.#fetch(source, digest, AbortSignal.timeout(FETCH_DEADLINE_MS)).finally(
      () => this.#fetching.delete(digest),
    );
    this.#fetching.set(digest, fetching);
    return fetching;
  }

  get #incoming(): string {
    return join(this.#options.directory, "incoming");
  }

  async #fetch(
    source: ArtefactSource,
    digest: string,
    signal: AbortSignal,
  ): Promise<CachedArtefact> {
    try {
      return await this.#unpack(source, digest, signal);
    } catch (error) {
      if (!isDiskFull(error) || (await this.#evict(KEEP_NOTHING)) === 0) throw error;
      return this.#unpack(source, digest, signal);
    }
  }

  async #unpack(
    source: ArtefactSource,
    digest: string,
    signal: AbortSignal,
  ): Promise<CachedArtefact> {
    const { directory, bootId, durability } = this.#options;
    const bytes = await source.open(digest, signal);
    const target = {
      digest,
      directory: join(directory, nameOf(digest)),
      temporary: join(this.#incoming, randomUUID()),
    };
    await unpackArtefact(bytes, target, bootId, signal);
    durability.soon(() => markOnDisk(target.directory));
    const artefact = await this.#remember(digest);
    if (!artefact) throw new Error(`the artefact ${digest} vanished while it was unpacked`);
    return artefact;
  }

  async #remember(digest: string): Promise<CachedArtefact | undefined> {
    const artefact = await openCached(join(this.#options.directory, nameOf(digest)));
    if (artefact) this.#known.set(digest, { artefact, lastUsedMs: Date.now() });
    return artefact;
  }

  async #evict(limits: CacheLimits): Promise<number> {
    const entries = Array.from(this.#known, ([digest, { artefact, lastUsedMs }]) => ({
      digest,
      sizeBytes: artefact.sizeBytes,
      lastUsedMs,
      isInUse: this.#users.has(digest),
    }));
    const evicted = toEvict(entries, limits);
    for (const digest of evicted) {
      this.#known.delete(digest);
      await this.#remove(nameOf(digest));
    }
    return evicted.length;
  }

  /** Moved aside first, so that no half of it is ever found in its place. */
  async #remove(name: string): Promise<void> {
    const aside = join(this.#incoming, randomUUID());
    await rename(join(this.#options.directory, name), aside);
    await rm(aside, { recursive: true, force: true });
  }
}
