import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";

const HOMES = 148;

/**
 * The number of a home's networks, 1 to 148, by its path: as the platform reckons it (docs/adr/0010), so that addresses
 * are known before it runs. A platform that reckons otherwise is not found, and every case fails.
 */
export async function slotOf(home: string): Promise<number> {
  const directory = await realpath(home);
  return 1 + (createHash("sha256").update(directory).digest().readUInt32BE() % HOMES);
}
