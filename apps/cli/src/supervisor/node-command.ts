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
