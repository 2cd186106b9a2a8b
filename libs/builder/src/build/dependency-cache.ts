import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../builder-error.ts";
import { isDirectory, syncFileSystem, treeBytes } from "./copy-tree.ts";

/** `full` has what a build needs, `production` what the app needs; both are node_modules directories. */
export type Variant = "full" | "production";

/** A cache entry in use: it is not cleared before `release`. */
export interface CacheLease {
  path(variant: Variant): string;
  release(): void;
}

/** A project's downloads in use by a build: they are not cleared before `release`. */
export interface DownloadsLease {
  readonly path: string;
  release(): void;
}

const nameOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * Installed dependencies by what decides them, the project among it: one tenant's install scripts never reach another.
 * An entry appears whole (renamed into place, on disk before that) and is never changed; the least recently used go
 * when all are larger than the limit. One process per directory; many builds at once.
 */
export class DependencyCache {
  readonly #root: string;
  readonly #maxBytes: number;
  readonly #used = new Map<string, number>();
  readonly #downloading = new Map<string, number>();

  private constructor(root: string, maxBytes: number) {
    this.#root = root;
    this.#maxBytes = maxBytes;
  }

  /** Makes the directory if need be and clears what a killed process left in it. 5 GB by default. */
  static async open(
    root: string,
    { maxBytes = 5e9 }: { readonly maxBytes?: number } = {},
  ): Promise<DependencyCache> {
    await rm(join(root, "staging"), { recursive: true, force: true });
    for (const name of ["staging", "entries", "downloads"])
      await mkdir(join(root, name), { recursive: true, mode: 0o711 });
    return new DependencyCache(root, maxBytes);
  }

  /**
   * Where a project's package managers keep what they downloaded; cleared when it is larger than a fifth of the limit,
   * but only while no build has it: what a tenant's commands change meanwhile could lead the removal astray.
   */
  async downloads(project: string): Promise<DownloadsLease> {
    const name = nameOf(project);
    const path = join(this.#root, "downloads", name);
    const isFree = (this.#downloading.get(name) ?? 0) === 0;
    const release = hold(this.#downloading, name);
    try {
      if (isFree) await this.#clearLarge(path);
      await mkdir(join(path, "home"), { recursive: true, mode: 0o755 });
    } catch (error) {
      release();
      throw error;
    }
    return { path, release };
  }

  async #clearLarge(path: string): Promise<void> {
    if ((await isDirectory(path)) && (await treeBytes(path)) > this.#maxBytes / 5)
      await rm(path, { recursive: true, force: true });
  }

  async find(key: string): Promise<CacheLease | undefined> {
    const entry = this.#entry(key);
    const now = new Date();
    try {
      await utimes(entry, now, now);
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
    return this.#lease(key);
  }

  /** A new directory to fill with variants, then to publish or to remove. */
  async stage(): Promise<string> {
    const path = join(this.#root, "staging", randomUUID());
    await mkdir(path, { mode: 0o711 });
    return path;
  }

  /** Puts a staged directory in place; an entry that came there first stays, since both are the same. */
  async publish(staged: string, key: string): Promise<CacheLease> {
    const lease = this.#lease(key);
    await writeFile(join(staged, "size"), String(await treeBytes(staged)));
    await syncFileSystem(staged);
    try {
      await rename(staged, this.#entry(key));
    } catch (error) {
      await rm(staged, { recursive: true, force: true });
      if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
    }
    await this.#evict();
    return lease;
  }

  #entry(key: string): string {
    return join(this.#root, "entries", nameOf(key));
  }

  #lease(key: string): CacheLease {
    const release = hold(this.#used, nameOf(key));
    return { path: (variant) => join(this.#entry(key), variant), release };
  }

  async #evict(): Promise<void> {
    const names = await readdir(join(this.#root, "entries"));
    const entries = await Promise.all(names.map((name) => this.#describe(name)));
    const oldestFirst = entries.toSorted((left, right) => left.usedAt - right.usedAt);
    let total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { name, sizeBytes } of oldestFirst) {
      if (total <= this.#maxBytes) return;
      if ((this.#used.get(name) ?? 0) > 0) continue;
      // Out of sight first: a removal that is cut short leaves no half entry behind.
      const doomed = join(this.#root, "staging", randomUUID());
      await rename(join(this.#root, "entries", name), doomed);
      await rm(doomed, { recursive: true, force: true });
      total -= sizeBytes;
    }
  }

  async #describe(name: string): Promise<{ name: string; usedAt: number; sizeBytes: number }> {
    const path = join(this.#root, "entries", name);
    const { mtimeMs } = await stat(path);
    const sizeBytes = Number(await readFile(join(path, "size"), "utf8"));
    return { name, usedAt: mtimeMs, sizeBytes };
  }
}

/** Counts one more user of a name; returns how to let go of it, which does something once only. */
function hold(users: Map<string, number>, name: string): () => void {
  users.set(name, (users.get(name) ?? 0) + 1);
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    const left = (users.get(name) ?? 1) - 1;
    if (left > 0) users.set(name, left);
    else users.delete(name);
  };
}
