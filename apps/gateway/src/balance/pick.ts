import type { RouteSettings, Upstream } from "@bastide/contracts";
import { choose, type Load } from "./choose.ts";
import { leastLoaded } from "./least-loaded.ts";
import { cookieValue, stuckTo } from "./sticky.ts";

type Balance = NonNullable<RouteSettings["balance"]>;

const BALANCES: Readonly<
  Record<Balance, (candidates: readonly Upstream[], load: Load) => Upstream | undefined>
> = { weighted: choose, "least-loaded": leastLoaded };

/** The one that the client is stuck to, else one as the route balances; undefined when there is nobody to choose. */
export function pick(
  candidates: readonly Upstream[],
  { balance = "weighted", stickyCookie }: RouteSettings,
  cookies: string | undefined,
  load: Load,
): Upstream | undefined {
  const stuck =
    stickyCookie === undefined
      ? undefined
      : stuckTo(candidates, cookieValue(cookies, stickyCookie));
  return stuck ?? BALANCES[balance](candidates, load);
}
