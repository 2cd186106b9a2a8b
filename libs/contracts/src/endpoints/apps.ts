import { PageQuery, pageOf } from "../page.ts";
import { App, AppDeleted } from "../resources/apps.ts";
import { endpoint } from "./endpoint.ts";
import { APP, PROJECT } from "./paths.ts";

/** Apps of a project. */
export const apps = {
  put: endpoint("PUT", APP, {
    summary: "Make sure that an app exists",
    operation: "deploy",
    response: App,
  }),
  list: endpoint("GET", `${PROJECT}/apps`, {
    summary: "List apps",
    operation: "status",
    query: PageQuery,
    response: pageOf(App),
  }),
  get: endpoint("GET", APP, { summary: "Read an app", operation: "status", response: App }),
  delete: endpoint("DELETE", APP, {
    summary: "Stop an app everywhere and delete it",
    operation: "destroy",
    response: AppDeleted,
  }),
} as const;
