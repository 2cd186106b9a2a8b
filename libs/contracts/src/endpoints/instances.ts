import { z } from "zod";
import { Instance, LogsQuery } from "../resources/instances.ts";
import { endpoint } from "./endpoint.ts";
import { DEPLOYED } from "./paths.ts";

/** What runs, and what it writes. */
export const instances = {
  list: endpoint("GET", `${DEPLOYED}/instances`, {
    summary: "List instances",
    operation: "status",
    response: z.object({ items: z.array(Instance) }),
  }),
  logs: endpoint("GET", `${DEPLOYED}/logs`, {
    summary: "Read or follow logs",
    operation: "logs",
    query: LogsQuery,
    response: "events",
  }),
} as const;
