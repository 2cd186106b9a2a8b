/** Port: what detection may ask of a source. Called one question at a time; the answers may not change meanwhile. */
export abstract class SourceTree {
  /** Whether a file is there; paths are relative, with `/`. */
  abstract has(path: string): boolean;

  /** The file's text, or undefined when there is none. Throws `too-large` above 4 MiB: no file that is asked for is. */
  abstract read(path: string): string | undefined;
}

/** A source in memory: path → text. */
export class MemoryTree extends SourceTree {
  readonly #files: Readonly<Record<string, string>>;

  constructor(files: Readonly<Record<string, string>>) {
    super();
    this.#files = files;
  }

  override has(path: string): boolean {
    return Object.hasOwn(this.#files, path);
  }

  override read(path: string): string | undefined {
    return this.has(path) ? this.#files[path] : undefined;
  }
}
