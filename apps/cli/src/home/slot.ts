import { createHash } from "node:crypto";

const USUAL_HOMES: ReadonlySet<string> = new Set(["/var/lib/bastide", "/var/lib/bastide-node"]);

/** As many as fit between 1 000 000 and 4 000 000, with the users of each. */
const HOMES = 148;

/** 0 for the usual homes of root; any other gets a number of its own, so that two platforms on one machine share nothing. */
export function slotOf(directory: string): number {
  if (USUAL_HOMES.has(directory)) return 0;
  return 1 + (createHash("sha256").update(directory).digest().readUInt32BE() % HOMES);
}
