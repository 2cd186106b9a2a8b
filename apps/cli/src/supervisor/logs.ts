import { copyFileSync, statSync, truncateSync } from "node:fs";

const MOST_BYTES = 10_000_000;

/** Keeps a log that others append to within bounds: one older copy, by copy and truncate. */
export function boundLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= MOST_BYTES) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
