import { z } from "zod";
import {
  Route,
  RoutePathQuery,
  RouteRule,
  RouteRuleSet,
  RouteSettings,
} from "../resources/routes.ts";
import { endpoint } from "./endpoint.ts";
import { DEPLOYED } from "./paths.ts";

/** Where requests to an app go, and what holds on its paths. */
export const routes = {
  list: endpoint("GET", `${DEPLOYED}/routes`, {
    summary: "List the routes of an app in an environment",
    operation: "status",
    response: z.object({ items: z.array(Route) }),
  }),
  settings: endpoint("GET", `${DEPLOYED}/routes/settings`, {
    summary: "List the settings of an app's paths in an environment",
    operation: "status",
    response: z.object({ items: z.array(RouteRule) }),
  }),
  set: endpoint("PUT", `${DEPLOYED}/routes/settings`, {
    summary: "Set all settings of a path; gateways act by them at once",
    operation: "configure",
    query: RoutePathQuery,
    body: RouteSettings,
    response: RouteRuleSet,
  }),
  unset: endpoint("DELETE", `${DEPLOYED}/routes/settings`, {
    summary: "Take the settings of a path away; it is as the path above it",
    operation: "configure",
    query: RoutePathQuery,
    response: "empty",
  }),
} as const;
