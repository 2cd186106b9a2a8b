import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { z } from "zod";

/** What apps are built with and run on. */
export interface Platform {
  readonly nodeVersion: string;
  readonly npmVersion: string;
}

/** Inside every sandbox, build or instance. */
export const NODE_IN_SANDBOX = "/opt/bastide/node/bin/node";
export const NPM_IN_SANDBOX = "/opt/bastide/npm/bin/npm-cli.js";
export const NPX_IN_SANDBOX = "/opt/bastide/npm/bin/npx-cli.js";

/** The Node that runs this code and the npm installed beside it: both are what the platform shows to apps. */
export function thisPlatform(): Platform {
  const file = createRequire(import.meta.url).resolve("npm/package.json");
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(file, "utf8")));
  return { nodeVersion: process.versions.node, npmVersion: version };
}
