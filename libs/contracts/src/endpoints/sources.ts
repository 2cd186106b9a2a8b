import { Source } from "../resources/releases.ts";
import { endpoint } from "./endpoint.ts";
import { APP } from "./paths.ts";

/** What apps are built from. */
export const sources = {
  upload: endpoint("POST", `${APP}/sources`, {
    summary: "Upload a source archive (tar, gzipped or not)",
    operation: "upload",
    body: "bytes",
    response: Source,
  }),
} as const;
