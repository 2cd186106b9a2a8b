import type { GatewayExplanation, GatewayQuestion } from "@bastide/contracts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { knownToken } from "../authorization/known-token.ts";
import { requestFactsOf } from "../authorization/request-facts.ts";
import type { RoutePolicy } from "../authorization/route-policy.ts";
import type { AskedExchange } from "../exchange/exchange.ts";
import { readTarget } from "../exchange/request-target.ts";
import { locationOf } from "../gates/redirect-gate.ts";
import { isRefusal, kindOf, type Refusal, refusal } from "../refusals/refusal.ts";
import type { Routing } from "../routing.ts";
import type { CompiledRoute } from "../table/compiled-route.ts";
import { routeOf } from "../table/route-of.ts";
import { addressKey } from "../table/route-table.ts";
import { type ConnectionParts, explainConnection } from "./explain-connection.ts";

export interface ExplainParts extends ConnectionParts {
  readonly routing: Routing;
  readonly authorizer: Authorizer;
}

type Authorization = NonNullable<GatewayExplanation["authorization"]>;

/** What this gateway would do with a request, by the table and the keys in force, without doing it. */
export async function explainRequest(
  parts: ExplainParts,
  question: GatewayQuestion,
): Promise<GatewayExplanation> {
  const { routing, authorizer } = parts;
  const asked = askedBy(question);
  if (typeof asked === "string") return refused(refusal("invalid-request", asked));
  if (!routing.table)
    return refused(refusal("no-table", "the gateway was not told its routes yet"));
  const route = routeOf(routing.table, asked);
  if (isRefusal(route)) return refused(route);
  const { key, owner, policy } = route;
  const connection = explainConnection(parts, route, asked, question);
  const { tls, barred, because } = connection;
  const found = {
    route: key,
    owner,
    backends: backendsOf(routing, route),
    ...(tls && { tls }),
    ...(because !== undefined && { because }),
  };
  if (barred) return { outcome: "refused", ...barred, ...found };
  const closed = closedBy(route, asked);
  if (closed) return { ...refused(closed), ...found };
  if (!policy) return arrived(route, found);
  const authorization = await explainPolicy(authorizer, policy, asked, question.token);
  const verdict = await authorizer.authorize(asked, policy);
  if (isRefusal(verdict)) return { ...refused(verdict), ...found, authorization };
  return { ...arrived(route, found), authorization };
}

/** Past all gates: to a backend, if there is one. */
function arrived(
  { whenEmpty }: CompiledRoute,
  found: Pick<GatewayExplanation, "route" | "owner" | "backends">,
): GatewayExplanation {
  if (found.backends.some(({ weight }) => weight > 0)) return { outcome: "forwarded", ...found };
  const empty = refusal(whenEmpty, "the route has no backend that takes requests");
  return { ...refused(empty), ...found };
}

function askedBy({
  method,
  url,
  token,
  clientIp,
  headers,
}: GatewayQuestion): AskedExchange | string {
  const { host, pathname, search } = new URL(url);
  // What was typed, and not what a URL parser makes of it: it would resolve dot segments.
  const typed = /^https?:\/\/[^/?#]*([^#]*)/i.exec(url)?.[1] ?? pathname + search;
  const target = readTarget(typed.startsWith("/") ? typed : `/${typed}`, [host]);
  if (typeof target === "string") return target;
  const all = {
    ...headers,
    host,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const rawHeaders = Object.entries(all).flat();
  const socket = { remoteAddress: clientIp };
  return { ...target, request: { method, headers: all, rawHeaders, socket } };
}

function closedBy({ settings }: CompiledRoute, asked: AskedExchange): Refusal | undefined {
  const { maintenance, redirect } = settings;
  if (maintenance) return refusal("maintenance", maintenance.message);
  if (!redirect) return undefined;
  return refusal("redirect", `go to ${locationOf(redirect, asked)}`, { status: redirect.status });
}

async function explainPolicy(
  authorizer: Authorizer,
  policy: RoutePolicy,
  asked: AskedExchange,
  token: string | undefined,
): Promise<Authorization> {
  const { silentMs } = authorizer.freshness;
  const known = {
    policy: policy.rule.policy,
    ...(silentMs === Infinity ? {} : { silentSeconds: Math.round(silentMs / 1000) }),
  };
  if (token === undefined) return known;
  try {
    const { trust } = authorizer;
    const verified = knownToken(await trust.verify(token), "", trust.epoch);
    const decision = verified.decisions.decide(policy, requestFactsOf(asked), Date.now());
    return {
      ...known,
      subject: verified.subject,
      why: decision.explain().toString(),
      reads: [...verified.decisions.reads(policy)],
    };
  } catch (cause) {
    // Whoever may use the control socket may know what is wrong with a token.
    return { ...known, why: cause instanceof Error ? cause.message : String(cause) };
  }
}

const backendsOf = (
  { inFlight, health }: Routing,
  { named }: CompiledRoute,
): GatewayExplanation["backends"] =>
  named.map(({ instance, host, port, weight }) => {
    const address = addressKey({ host, port });
    return {
      instance,
      address,
      weight,
      inFlight: inFlight.count(instance),
      aside: !health.mayTry(address),
    };
  });

const refused = (refusedBy: Refusal): GatewayExplanation => ({
  outcome: "refused",
  status: kindOf(refusedBy).status,
  detail: refusedBy.detail,
  backends: [],
});
