import type { StreamQuery, StreamVersion } from "@bastide/contracts";

/** Where a subscriber left off; undefined when it has nothing. */
export function sinceOf({ history, epoch, sequence }: StreamQuery): StreamVersion | undefined {
  if (history === undefined || epoch === undefined || sequence === undefined) return undefined;
  return { history, epoch, sequence };
}
