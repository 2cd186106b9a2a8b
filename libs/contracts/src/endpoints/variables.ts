import { z } from "zod";
import { ChangeVariables, Variable } from "../resources/apps.ts";
import { Deployment } from "../resources/deployments.ts";
import { endpoint } from "./endpoint.ts";
import { DEPLOYED } from "./paths.ts";

/** Configuration and secrets of an app in an environment. */
export const variables = {
  list: endpoint("GET", `${DEPLOYED}/variables`, {
    summary: "List configuration; secrets by name only",
    operation: "status",
    response: z.object({ items: z.array(Variable) }),
  }),
  change: endpoint("PATCH", `${DEPLOYED}/variables`, {
    summary: "Set and unset configuration and secrets",
    operation: "configure",
    body: ChangeVariables,
    response: z.object({ deployment: Deployment.optional() }),
  }),
} as const;
