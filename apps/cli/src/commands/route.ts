import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";
import { SETTING_OPTIONS } from "../routes/setting-options.ts";

const { env, project } = TARGET_OPTIONS;
const WHERE = { env, project } as const;
const ROUTE = {
  name: "app/path",
  summary: "shop for the whole app, shop/admin for a path",
  required: true,
} as const;

export const routeList = command({
  name: "route list",
  summary: "list an app's routes and what holds on each",
  options: { ...TARGET_OPTIONS },
  examples: ["bastide route list", "bastide route list --app shop --env staging --json"],
  async run({ options }, context) {
    const { listRoutes } = await import("../routes/show-routes.ts");
    return listRoutes(options, context);
  },
});

export const routeShow = command({
  name: "route show",
  summary: "show the settings of a path, its own and those from above",
  arguments: [ROUTE],
  options: { ...WHERE },
  examples: ["bastide route show shop", "bastide route show shop/admin --json"],
  async run(input, context) {
    const { showRoute } = await import("../routes/show-routes.ts");
    return showRoute(input.arguments, input.options, context);
  },
});

export const routeSet = command({
  name: "route set",
  summary: "set limits, redirects, headers and more of a path; no deployment is needed",
  description:
    "Gateways act by it at once. What is not named stays as it is. Paths below inherit what they do not say themselves.",
  arguments: [ROUTE],
  options: { ...WHERE, ...SETTING_OPTIONS },
  examples: [
    "bastide route set shop/api --rate 100/s --body-limit 10M --retries 3",
    "bastide route set shop --sticky shop-instance --response-header 'x-frame-options: DENY'",
    "bastide route set old --redirect 'https://new.example.org{path}{query}' --redirect-status 301",
    "bastide route set shop --maintenance 'Back at 18:00.' --retry-after 1h",
    "bastide route set shop/staff --client-authorities staff-ca.pem",
  ],
  async run(input, context) {
    const { setRoute } = await import("../routes/change-routes.ts");
    return setRoute(input.arguments, input.options, context);
  },
});

export const routeUnset = command({
  name: "route unset",
  summary: "remove settings of a path: those named, or all of its own",
  arguments: [
    ROUTE,
    { name: "setting", summary: "such as rate or redirect; all without", variadic: true },
  ],
  options: { ...WHERE },
  examples: ["bastide route unset shop maintenance", "bastide route unset shop/api"],
  async run(input, context) {
    const { unsetRoute } = await import("../routes/change-routes.ts");
    return unsetRoute(input.arguments, input.options, context);
  },
});

export const routeProtect = command({
  name: "route protect",
  summary: "let only callers pass whose token the policy allows",
  description:
    "The policy is Datalog over the token's facts and the request's: method, host, path, client_ip, app, environment,\nresource_org, resource_project. What is below the path is protected too.",
  arguments: [ROUTE],
  options: {
    ...WHERE,
    policy: { type: "string", value: "datalog", summary: "who may pass" },
    identity: {
      type: "string",
      value: "what",
      choices: ["token", "headers", "caller", "none"],
      summary: "what the app learns of the caller (default: a token narrowed to it)",
    },
    "stale-after": {
      type: "string",
      value: "5m",
      summary: "how long tokens are trusted without the control plane",
    },
  },
  examples: [
    `bastide route protect shop/admin --policy 'allow if role($org, "admin"), resource_org($org)'`,
    "bastide route protect shop --identity headers --policy 'allow if user($user)'",
  ],
  async run(input, context) {
    const { protectRoute } = await import("../routes/change-routes.ts");
    return protectRoute(input.arguments, input.options, context);
  },
});

export const routeUnprotect = command({
  name: "route unprotect",
  summary: "open a path to everybody",
  arguments: [ROUTE],
  options: { ...WHERE },
  examples: ["bastide route unprotect shop/admin"],
  async run(input, context) {
    const { unprotectRoute } = await import("../routes/change-routes.ts");
    return unprotectRoute(input.arguments, input.options, context);
  },
});
