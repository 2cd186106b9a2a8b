import { open, readFile } from "node:fs/promises";
import { writeAtomically } from "../disk/atomic-file.ts";
import { isMissing } from "../disk/file-errors.ts";

/**
 * Instances that a tombstone removed. On disk before the tombstone is acknowledged: from then on nobody sends it again,
 * while the last known good state is saved a moment later and may still name the instance after a kill.
 */
export class RemovedLog {
  readonly #file: string;
  readonly #ids = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  async load(): Promise<void> {
    try {
      const text = await readFile(this.#file, "utf8");
      // A line that was cut off by a kill was never acknowledged.
      for (const id of text.split("\n").slice(0, -1)) this.#ids.add(id);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Durable when it resolves. */
  async add(ids: readonly string[]): Promise<void> {
    await using file = await open(this.#file, "a", 0o600);
    await file.write(ids.map((id) => `${id}\n`).join(""));
    await file.sync();
    for (const id of ids) this.#ids.add(id);
  }

  /** Forgets all but these: the only ones that anything on this disk still names. */
  async keepOnly(ids: ReadonlySet<string>): Promise<void> {
    for (const id of this.#ids) if (!ids.has(id)) this.#ids.delete(id);
    await writeAtomically(this.#file, [...this.#ids].map((id) => `${id}\n`).join(""));
  }
}
