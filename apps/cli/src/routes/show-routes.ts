import { endpoints, type Route } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { targetOf, titleOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { columns } from "../output/columns.ts";
import { describeSettings } from "./describe-settings.ts";
import { type RouteOptions, routeTargetOf, titleOfRoute } from "./route-target.ts";

/** `bastide route list`. */
export async function listRoutes(
  options: Options<typeof TARGET_OPTIONS>,
  context: Context,
): Promise<number> {
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const call = { parameters: target, signal: within(context.signal) };
  const [routes, rules] = await Promise.all([
    client.call(endpoints.routes.list, call),
    client.call(endpoints.routes.settings, call),
  ]);
  context.output.answer({ routes: routes.items, settings: rules.items }, () => {
    if (routes.items.length > 0) return columns([HEADINGS, ...routes.items.map(row)]);
    const paths = rules.items.map(({ path }) => path).join(", ");
    const ready = paths === "" ? "" : `; settings are ready for ${paths}`;
    return `${titleOf(target)} has no routes: nothing of it is deployed${ready}`;
  });
  return 0;
}

/** `bastide route show`: what was said of a path, and what holds there. */
export async function showRoute(
  words: readonly string[],
  options: RouteOptions,
  context: Context,
): Promise<number> {
  const route = await routeTargetOf(words[0] ?? "", options, context);
  const { client } = await connect(context);
  const call = { parameters: route.target, signal: within(context.signal) };
  const [routes, rules] = await Promise.all([
    client.call(endpoints.routes.list, call),
    client.call(endpoints.routes.settings, call),
  ]);
  const own = rules.items.find(({ path }) => path === route.path);
  const effective = routes.items.find(({ path }) => path === route.path);
  if (!own && !effective)
    throw new Failure("notFound", `${titleOfRoute(route)} has neither a route nor settings`, {
      fix: "bastide route list shows those of an app",
    });
  context.output.answer({ path: route.path, own: own?.settings ?? {}, route: effective }, () =>
    [
      `${titleOfRoute(route)}${effective ? ` (${effective.host}${effective.path})` : ", not deployed yet"}`,
      ...lines("its own settings", own?.settings),
      ...lines("what holds, with what comes from above", effective?.settings),
    ].join("\n"),
  );
  return 0;
}

const lines = (title: string, settings: Route["settings"]): string[] => [
  `${title}:`,
  ...(settings && Object.keys(settings).length > 0
    ? describeSettings(settings).map((text) => `  ${text}`)
    : ["  none"]),
];

const HEADINGS = ["HOST", "PATH", "INSTANCES", "SETTINGS"];

function row({ host, path, upstreams, whenEmpty, settings = {} }: Route): string[] {
  return [
    host,
    path,
    upstreams.length === 0 ? `none (${whenEmpty})` : String(upstreams.length),
    describeSettings(settings).join("; ").slice(0, 120),
  ];
}
