import { z } from "zod";
import { PageQuery, pageOf } from "../page.ts";
import { Release } from "../resources/releases.ts";
import { endpoint } from "./endpoint.ts";
import { DEPLOYED } from "./paths.ts";

/** What was deployed. */
export const releases = {
  list: endpoint("GET", `${DEPLOYED}/releases`, {
    summary: "List releases, newest first",
    operation: "status",
    query: PageQuery,
    response: pageOf(Release),
  }),
  sbom: endpoint("GET", `${DEPLOYED}/releases/{release}/sbom`, {
    summary: "A release's software bill of materials (CycloneDX 1.6)",
    operation: "status",
    response: z.json(),
  }),
} as const;
