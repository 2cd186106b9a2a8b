import { type ApiClient, endpoints, type RouteRule, type RouteSettings } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { nearest } from "../command-line/nearest.ts";
import { describeSettings } from "./describe-settings.ts";
import {
  type RouteOptions,
  type RouteTarget,
  routeTargetOf,
  titleOfRoute,
} from "./route-target.ts";
import { UNSET_WORDS } from "./setting-options.ts";
import { type SettingOptions, settingsOfOptions } from "./settings-of-options.ts";

interface Found extends RouteTarget {
  readonly client: ApiClient;
  /** Every path of the app that has settings of its own. */
  readonly rules: readonly RouteRule[];
  readonly own: RouteSettings;
}

/** `bastide route set`. */
export async function setRoute(
  words: readonly string[],
  options: RouteOptions & SettingOptions,
  context: Context,
): Promise<number> {
  const found = await find(words[0] ?? "", options, context);
  const settings = settingsOfOptions(options, found.own);
  if (JSON.stringify(settings) === JSON.stringify(found.own))
    throw new Failure("usage", `nothing to set for ${titleOfRoute(found)}`, {
      fix: "say what: bastide route set shop --rate 100/s; --help lists everything",
    });
  return put(found, settings, context);
}

/** `bastide route unset`: some settings of a path, or all of them. */
export async function unsetRoute(
  words: readonly string[],
  options: RouteOptions,
  context: Context,
): Promise<number> {
  const [route = "", ...names] = words;
  const removed = names.map(keysOf);
  const found = await find(route, options, context);
  return names.length > 0
    ? put(found, without(found.own, removed), context)
    : takeAway(found, context);
}

/** `bastide route protect`. */
export async function protectRoute(
  words: readonly string[],
  options: RouteOptions & {
    readonly policy: string | undefined;
    readonly identity: string | undefined;
    readonly "stale-after": string | undefined;
  },
  context: Context,
): Promise<number> {
  const { policy } = options;
  if (policy === undefined || policy.trim() === "")
    throw new Failure("usage", "--policy is missing: who may pass", {
      fix: `for instance: bastide route protect shop/admin --policy 'allow if role($org, "admin"), resource_org($org)'`,
    });
  const { checked } = await import("./settings-of-options.ts");
  const { seconds } = await import("./amounts.ts");
  const found = await find(words[0] ?? "", options, context);
  const stale = options["stale-after"];
  const authorization = {
    kind: "biscuit",
    policy,
    ...(options.identity === undefined ? {} : { identity: options.identity }),
    ...(stale === undefined ? {} : { staleAfterSeconds: seconds("stale-after", stale) }),
  };
  return put(found, checked({ ...found.own, authorization }), context);
}

/** `bastide route unprotect`. What protects the path from above is lifted for it by name. */
export async function unprotectRoute(
  words: readonly string[],
  options: RouteOptions,
  context: Context,
): Promise<number> {
  const found = await find(words[0] ?? "", options, context);
  const { authorization: _, ...rest } = found.own;
  const isBelow = found.rules.some(
    ({ path, settings }) =>
      path !== found.path &&
      (path === "/" || found.path.startsWith(`${path}/`)) &&
      settings.authorization?.kind === "biscuit",
  );
  const open: RouteSettings = isBelow ? { ...rest, authorization: { kind: "public" } } : rest;
  return put(found, open, context);
}

async function find(word: string, options: RouteOptions, context: Context): Promise<Found> {
  const route = await routeTargetOf(word, options, context);
  const { client } = await connect(context);
  const { items } = await client.call(endpoints.routes.settings, {
    parameters: route.target,
    signal: within(context.signal),
  });
  const own = items.find(({ path }) => path === route.path)?.settings ?? {};
  return { ...route, client, rules: items, own };
}

const callOf = ({ target, path }: RouteTarget, context: Context) => ({
  parameters: target,
  query: { path },
  signal: within(context.signal),
});

/** A path without any settings of its own is not kept. */
async function takeAway(found: Found, context: Context): Promise<number> {
  await found.client.call(endpoints.routes.unset, callOf(found, context));
  context.output.answer({ path: found.path, unset: true }, () =>
    found.path === "/"
      ? `${titleOfRoute(found)} has no settings any more`
      : `${titleOfRoute(found)} has no settings of its own any more; it is as the path above it`,
  );
  return 0;
}

async function put(found: Found, settings: RouteSettings, context: Context): Promise<number> {
  if (Object.keys(settings).length === 0) return takeAway(found, context);
  const set = await found.client.call(endpoints.routes.set, {
    ...callOf(found, context),
    body: settings,
  });
  context.output.answer(set, () =>
    [
      `${titleOfRoute(found)}: ${set.inForce ? "in force at every gateway" : "recorded; it takes force with the first deployment, or when every gateway is back"}`,
      ...describeSettings(set.settings).map((line) => `  ${line}`),
    ].join("\n"),
  );
  return 0;
}

function keysOf(word: string): readonly string[] {
  const keys = UNSET_WORDS[word];
  if (keys) return keys;
  const meant = nearest(word, Object.keys(UNSET_WORDS));
  throw new Failure("usage", `"${word}" is no setting of a route`, {
    fix: meant
      ? `did you mean "${meant}"?`
      : `one of: ${Object.keys(UNSET_WORDS).join(", ")}; a policy goes with \`bastide route unprotect\``,
  });
}

/** Removes keys one or two levels deep; what is left empty goes as well. */
function without(settings: RouteSettings, removed: readonly (readonly string[])[]): RouteSettings {
  const isRemoved = (...keys: string[]): boolean =>
    removed.some((path) => path.join(".") === keys.join("."));
  const { limits, ...rest } = settings;
  const kept = Object.entries(limits ?? {}).filter(([key]) => !isRemoved("limits", key));
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !isRemoved(key))),
    ...(kept.length > 0 ? { limits: Object.fromEntries(kept) } : {}),
  };
}
