import type { Exchange } from "../exchange/exchange.ts";
import { clientKey } from "../limits/client-key.ts";
import type { RateLimit, RateVerdict } from "../limits/rate.ts";
import { refusal } from "../refusals/refusal.ts";
import type { Gate } from "./admission.ts";

export const rateGate: Gate = ({ exchange, route, state, nowMs }) => {
  const limit = route.settings.limits?.rate;
  if (!limit) return undefined;
  const verdict = state().rate.take(KEYS[limit.by](exchange), limit, nowMs);
  const headers = rateHeaders(limit, verdict);
  if (verdict.isAllowed) return { headers };
  return refusal(
    "rate-limited",
    `this route takes ${limit.requests} requests in ${limit.perSeconds} s ${WHO[limit.by]}; try again in ${verdict.retrySeconds} s`,
    { retryAfterSeconds: verdict.retrySeconds, headers },
  );
};

type By = RateLimit["by"];

const clientOf = ({ request }: Exchange): string => clientKey(request.socket.remoteAddress);

/** A caller that nobody verified is not believed: every request could bring another token. */
const KEYS: Readonly<Record<By, (exchange: Exchange) => string>> = {
  client: clientOf,
  token: (exchange) =>
    exchange.caller === undefined ? clientOf(exchange) : `caller ${exchange.caller}`,
  route: () => "",
};

const WHO: Readonly<Record<By, string>> = {
  client: "from one client",
  token: "from one caller",
  route: "from everybody together",
};

/** The fields of draft-ietf-httpapi-ratelimit-headers-10; its windows are whole seconds. */
function rateHeaders(
  { requests, perSeconds, by }: RateLimit,
  { remaining, retrySeconds, resetSeconds }: RateVerdict,
): Record<string, string> {
  const window = Math.ceil(perSeconds);
  const quota = Math.max(1, Math.round((requests / perSeconds) * window));
  return {
    "ratelimit-policy": `"${by}";q=${quota};w=${window}`,
    ratelimit: `"${by}";r=${remaining};t=${retrySeconds || resetSeconds}`,
  };
}
