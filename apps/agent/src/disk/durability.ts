import { runTool } from "./run-tool.ts";

const DELAY_MS = 5000;

/**
 * Brings whole trees to the disk some time later, in one go, and then says so: syncing each file while somebody waits
 * would cost more than what was copied.
 */
export class Durability {
  readonly #directory: string;
  #due: (() => Promise<void>)[] = [];
  #isArmed = false;

  /** `directory`: anywhere on the file system meant. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Calls `mark` when all that was written so far is on the disk; if it cannot be brought there, never. */
  soon(mark: () => Promise<void>): void {
    this.#due.push(mark);
    if (!this.#isArmed) setTimeout(() => void this.#flush(), DELAY_MS).unref();
    this.#isArmed = true;
  }

  async #flush(): Promise<void> {
    this.#isArmed = false;
    const due = this.#due;
    this.#due = [];
    try {
      await runTool("/bin/sync", ["-f", this.#directory]);
      await Promise.all(due.map((mark) => mark()));
    } catch {
      // Without the mark they are fetched again after the next boot.
    }
  }
}
