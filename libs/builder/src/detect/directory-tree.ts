import {
  constants,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { join, sep } from "node:path";
import { IgnoreRules } from "../archive/ignore-rules.ts";
import { BuilderError, hasCode } from "../builder-error.ts";
import { SourceTree } from "./source-tree.ts";

const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/**
 * A directory on disk as a source. Never follows a link out of the directory and never waits on a pipe: what it shows
 * may have been made by a stranger's build. Nothing of that stranger may run meanwhile.
 */
export class DirectoryTree extends SourceTree {
  readonly #root: string;
  readonly #hides: (path: string) => boolean;

  /** With `asSource`, shows only what `packSource` would pack. */
  constructor(
    root: string,
    options: { readonly asSource?: boolean; readonly prebuilt?: boolean | undefined } = {},
  ) {
    super();
    this.#root = realpathSync(root);
    const rules = new IgnoreRules(this.#root, options);
    this.#hides = options.asSource === true ? (path) => rules.hides(path) : () => false;
  }

  override has(path: string): boolean {
    return this.#resolve(path) !== undefined;
  }

  override read(path: string): string | undefined {
    const resolved = this.#resolve(path);
    if (resolved === undefined) return undefined;
    const descriptor = openSync(
      resolved,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      if (fstatSync(descriptor).size > MAX_TEXT_BYTES)
        throw new BuilderError(
          "too-large",
          `${path} is larger than the limit of ${MAX_TEXT_BYTES} bytes for such a file.`,
        );
      return readFileSync(descriptor, "utf8");
    } finally {
      closeSync(descriptor);
    }
  }

  /** Where the file really is, if it is a file, inside, and not left out. */
  #resolve(path: string): string | undefined {
    if (this.#hides(path)) return undefined;
    try {
      const resolved = realpathSync(join(this.#root, path));
      return resolved.startsWith(this.#root + sep) && statSync(resolved).isFile()
        ? resolved
        : undefined;
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP", "EACCES", "ENAMETOOLONG")) return undefined;
      throw error;
    }
  }
}
