import { BuilderError } from "../builder-error.ts";
import { checkLink, entryNames, shown, unsafe } from "./entry-path.ts";
import type { ArchiveLimits } from "./limits.ts";

/** What the guard looks at of a tar entry. */
export interface ArchiveEntry {
  readonly path: string;
  /** The entry type's name as node-tar has it. */
  readonly type: string;
  readonly size: number;
  readonly linkpath?: string | undefined;
}

type Kind = "file" | "directory" | "link";

const KINDS: Readonly<Record<string, Kind>> = {
  File: "file",
  OldFile: "file",
  ContiguousFile: "file",
  Directory: "directory",
  SymbolicLink: "link",
};

/**
 * Judges the entries of one archive in their order. Invariant: below an empty directory, what was let through makes
 * nothing outside of it, whatever follows: no entry lies under a link or a file, no path comes twice, no link leaves.
 */
export class ArchiveGuard {
  readonly #limits: ArchiveLimits;
  readonly #seen = new Map<
    string,
    { readonly kind: Kind; readonly size: number; explicit: boolean }
  >();
  #contentBytes = 0;
  #files = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Files and links let through so far. */
  get files(): number {
    return this.#files;
  }

  /** Throws `unsafe-archive` naming the entry, `too-large`, or lets it through; false for the directory itself (`./`). */
  admit(entry: ArchiveEntry): boolean {
    const names = entryNames(entry.path, this.#limits);
    if (names.length === 0 && entry.type === "Directory") return false;
    if (names.length === 0)
      throw unsafe(`The archive has an entry without a name (${shown(entry.path)}).`);
    const { kind, size } = this.#classify(names, entry);
    this.#checkParents(names);
    this.#record(names.join("/"), kind, size);
    return true;
  }

  #classify(names: readonly string[], entry: ArchiveEntry): { kind: Kind; size: number } {
    if (entry.type === "Link") return { kind: "file", size: this.#hardLinkSize(entry) };
    const kind = KINDS[entry.type];
    if (kind === undefined)
      throw unsafe(
        `The archive has ${shown(entry.path)}, which is neither a file, a directory nor a link (${entry.type}).`,
      );
    if (kind === "link") checkLink(names, entry.linkpath ?? "");
    return { kind, size: kind === "file" ? entry.size : 0 };
  }

  /** A hard link is let through only to a file that this archive has already brought, and weighs as much as it. */
  #hardLinkSize(entry: ArchiveEntry): number {
    const target = this.#seen.get(entryNames(entry.linkpath ?? "", this.#limits).join("/"));
    if (target?.kind !== "file")
      throw unsafe(
        `The archive has the hard link ${shown(entry.path)} to ${shown(entry.linkpath ?? "")}, which is no file before it in the archive.`,
      );
    return target.size;
  }

  #checkParents(names: readonly string[]): void {
    for (let depth = 1; depth < names.length; depth += 1) {
      const parent = names.slice(0, depth).join("/");
      const known = this.#seen.get(parent);
      if (known === undefined) this.#remember(parent, "directory", 0, false);
      else if (known.kind !== "directory")
        throw unsafe(
          `The archive has ${shown(names.join("/"))} below ${shown(parent)}, which is a ${known.kind}.`,
        );
    }
  }

  #record(path: string, kind: Kind, size: number): void {
    const known = this.#seen.get(path);
    if (known !== undefined && (known.explicit || kind !== "directory"))
      throw unsafe(`The archive has ${shown(path)} twice.`);
    this.#remember(path, kind, size, true);
    if (kind !== "directory") this.#files += 1;
    this.#contentBytes += size;
    if (this.#contentBytes > this.#limits.maxBytes)
      throw new BuilderError(
        "too-large",
        `The archive's files are larger than the limit of ${this.#limits.maxBytes} bytes together; leave out what the app does not need (.bastideignore).`,
      );
  }

  #remember(path: string, kind: Kind, size: number, explicit: boolean): void {
    this.#seen.set(path, { kind, size, explicit });
    if (this.#seen.size > this.#limits.maxEntries)
      throw unsafe(`The archive has more entries than the limit of ${this.#limits.maxEntries}.`);
  }
}
