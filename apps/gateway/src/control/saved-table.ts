import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LastKnownGood, loadSealingKey, sealingWith } from "@bastide/config-stream";
import type { Log } from "../observe/log.ts";

/** Where the table outlives the gateway. */
export type SavedTable = Pick<LastKnownGood, "load" | "save">;

/**
 * The saved table holds private keys, so it is sealed; the key lies beside it, for this gateway's user alone. Without a
 * key the gateway serves all the same, but keeps nothing, and leaves what is there as it is.
 */
export async function savedTableIn(directory: string, log: Log): Promise<SavedTable> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const key = await loadSealingKey(join(directory, "table.key"));
    return new LastKnownGood(join(directory, "table"), sealingWith(key));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    log("error", "the table cannot be kept, nor the last known good one be read", { reason });
    return {
      load: async () => undefined,
      save: () => Promise.reject(new Error("there is no key to seal the table with")),
    };
  }
}
