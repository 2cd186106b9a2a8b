import { RoutePath } from "@bastide/contracts";
import { type Target, targetOf, titleOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";

export type RouteOptions = Omit<Options<typeof TARGET_OPTIONS>, "app">;

/** One path of an app in an environment. */
export interface RouteTarget {
  readonly target: Target;
  readonly path: string;
}

/** `shop` is the whole app, `shop/admin` its path `/admin`. */
export async function routeTargetOf(
  word: string,
  options: RouteOptions,
  context: Context,
): Promise<RouteTarget> {
  const at = word.indexOf("/");
  const app = at < 0 ? word : word.slice(0, at);
  const path = RoutePath.safeParse(at < 0 ? "/" : word.slice(at).replace(/(?<=.)\/$/, ""));
  if (!path.success)
    throw new Failure(
      "usage",
      `"${word}" is not app/path: ${path.error.issues[0]?.message ?? ""}`,
      {
        fix: "for instance: shop for the whole app, shop/admin for a path",
      },
    );
  return { target: await targetOf({ ...options, app }, context), path: path.data };
}

export const titleOfRoute = ({ target, path }: RouteTarget): string =>
  path === "/" ? titleOf(target) : `${titleOf(target)} at ${path}`;
