import type { RedirectRule } from "@bastide/contracts";
import { refusal } from "../refusals/refusal.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Gate } from "./admission.ts";

export const redirectGate: Gate = ({ exchange, route }) => {
  const { redirect } = route.settings;
  if (!redirect) return undefined;
  const location = locationOf(redirect, exchange);
  return refusal("redirect", `go to ${location}`, {
    status: redirect.status,
    headers: { location },
  });
};

/**
 * Fills the template. What comes from the request was checked when it was read: a host name, and visible ASCII. A
 * redirect to a path stays on this host: two slashes at its beginning, which a request's path may bring, name another.
 */
export function locationOf(
  { to }: Pick<RedirectRule, "to">,
  { host, path, target }: Pick<Exchange, "host" | "path" | "target">,
): string {
  const parts: Readonly<Record<string, string>> = { host, path, query: target.slice(path.length) };
  const location = to.replace(/\{(host|path|query)\}/g, (_, name: string) => parts[name] ?? "");
  return to.startsWith("/") ? location.replace(/^[/\\]+/, "/") : location;
}
