import { join } from "node:path";

/**
 * How one of our long-running programs is started. A small young generation: these programs wait most of the time, and
 * V8 would keep what one busy moment made it take (48 MB by default).
 */
export const nodeCommand = (installation: string, app: string): string[] => [
  process.execPath,
  "--max-semi-space-size=2",
  join(installation, `apps/${app}/dist/main.js`),
];

/**
 * What each of them has in its environment. The allocator keeps one arena, since one thread allocates, and its thresholds
 * stay at their documented default (mallopt(3)): left to itself it raises them at the first large block and from then on
 * keeps some megabytes of free memory. No compile cache: Node keeps what it has read of it for as long as it runs, some
 * 14 MB for the two of them, and a start without it takes half a second more.
 */
export const NODE_ENVIRONMENT = {
  NODE_ENV: "production",
  TZ: "UTC",
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
} as const;
