import { readFileSync } from "node:fs";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";
import { hasCode } from "../builder-error.ts";

/** Never part of a source, whatever the rules say: history, dependencies (installed again), the platform's own files. */
const ALWAYS_OUT: ReadonlySet<string> = new Set([".git", "node_modules", ".bastide"]);
/** For a source that is already built, dependencies and build results are what is wanted. */
const ALWAYS_OUT_PREBUILT: ReadonlySet<string> = new Set([".git", ".bastide"]);

interface RuleSet {
  /** The directory that the rules hold in, with `/` at its end; "" for the top. */
  readonly base: string;
  readonly rules: Ignore;
}

/**
 * What of a directory is left out of its source: `.gitignore` and `.bastideignore` files of every level (gitignore
 * syntax; the second has the last word, so `!dist/` brings back what Git ignores). With `prebuilt`, only
 * `.bastideignore` counts. A file below a directory that is out stays out, as with Git.
 */
export class IgnoreRules {
  readonly #root: string;
  readonly #files: readonly string[];
  readonly #alwaysOut: ReadonlySet<string>;
  readonly #loaded = new Map<string, readonly RuleSet[]>();

  constructor(root: string, options: { readonly prebuilt?: boolean | undefined } = {}) {
    const prebuilt = options.prebuilt === true;
    this.#root = root;
    this.#files = prebuilt ? [".bastideignore"] : [".gitignore", ".bastideignore"];
    this.#alwaysOut = prebuilt ? ALWAYS_OUT_PREBUILT : ALWAYS_OUT;
  }

  /** For a walk that asks for every directory before what it holds. */
  readonly leavesOut = (path: string, isDirectory: boolean): boolean => {
    const slash = path.lastIndexOf("/");
    if (this.#alwaysOut.has(path.slice(slash + 1))) return true;
    const asked = isDirectory ? `${path}/` : path;
    let isOut = false;
    for (const { base, rules } of this.#rulesOf(slash === -1 ? "" : path.slice(0, slash + 1))) {
      const { ignored, unignored } = rules.test(asked.slice(base.length));
      isOut = ignored || (isOut && !unignored);
    }
    return isOut;
  };

  /** For a single path, whose directories are asked for first. */
  hides(path: string): boolean {
    const names = path.split("/");
    return names.some((_, index) =>
      this.leavesOut(names.slice(0, index + 1).join("/"), index < names.length - 1),
    );
  }

  /** The rules that hold in a directory, the outermost first. */
  #rulesOf(directory: string): readonly RuleSet[] {
    const known = this.#loaded.get(directory);
    if (known !== undefined) return known;
    const parent = directory.slice(0, directory.lastIndexOf("/", directory.length - 2) + 1);
    const inherited = directory === "" ? [] : this.#rulesOf(parent);
    const rules = [...inherited, this.#load(directory)];
    this.#loaded.set(directory, rules);
    return rules;
  }

  /** One set of rules for all files of a directory, so that a later line brings back what an earlier one took. */
  #load(base: string): RuleSet {
    const rules = ignore();
    for (const name of this.#files) rules.add(this.#read(`${base}${name}`));
    return { base, rules };
  }

  #read(path: string): string {
    try {
      return readFileSync(join(this.#root, path), "utf8");
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR", "EISDIR")) return "";
      throw error;
    }
  }
}
