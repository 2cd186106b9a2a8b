import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { Route } from "@bastide/contracts";
import { z } from "zod";
import type { OverlayState } from "./overlay.ts";

const Content = z.strictObject({ routes: z.array(Route), drained: z.array(z.string()) });

/** Where routes that were added here, and upstreams that are drained, outlive the program. */
export class OverlayFile {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, "local.json");
  }

  /** Nothing when there is no file; a file that cannot be read is told and left as it is. */
  async load(onCorrupt: (file: string, reason: string) => void): Promise<OverlayState> {
    try {
      return Content.parse(JSON.parse(await readFile(this.#path, "utf8")));
    } catch (cause) {
      const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
      if (!isMissing) onCorrupt(this.#path, cause instanceof Error ? cause.message : String(cause));
      return { routes: [], drained: [] };
    }
  }

  async save(state: OverlayState): Promise<void> {
    const next = `${this.#path}.next`;
    {
      await using file = await open(next, "w", 0o600);
      await file.writeFile(JSON.stringify(state));
      await file.sync();
    }
    await rename(next, this.#path);
  }
}
