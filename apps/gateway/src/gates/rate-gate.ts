import type { RouteLimits } from "@bastide/contracts";
import { clientKey } from "../limits/client-key.ts";
import type { RateVerdict } from "../limits/rate.ts";
import { refusal, type Refusal } from "../refusals/refusal.ts";
import type { Admission, Gate, Passage } from "./admission.ts";

/** Limits that nobody need be known for come before tokens are looked at: a flood costs no signatures. */
export const rateGate: Gate = (admission) =>
  isByCaller(admission) ? undefined : limitedBy(admission);

/** A limit for each caller comes once the caller is known. */
export const callerRateGate: Gate = (admission) =>
  isByCaller(admission) ? limitedBy(admission) : undefined;

/** Where no policy asks for a token nobody is known, and clients stand for callers. */
const isByCaller = ({ route }: Admission): boolean =>
  route.policy !== undefined && route.settings.limits?.rate?.by === "token";

function limitedBy(admission: Admission): Passage | Refusal | undefined {
  const { route, state, nowMs } = admission;
  const limit = route.settings.limits?.rate;
  if (!limit) return undefined;
  const verdict = state().rate.take(KEYS[limit.by](admission), limit, nowMs);
  const headers = rateHeaders(limit, verdict);
  if (verdict.isAllowed) return { headers };
  return refusal(
    "rate-limited",
    `this route takes ${limit.requests} requests in ${limit.perSeconds} s ${WHO[limit.by]}; try again in ${verdict.retrySeconds} s`,
    { retryAfterSeconds: verdict.retrySeconds, headers },
  );
}

type By = NonNullable<RouteLimits["rate"]>["by"];

const clientOf = ({ exchange: { request } }: Admission): string =>
  clientKey(request.socket.remoteAddress);

/** A caller that nobody verified is not believed: every request could bring another token. */
const KEYS: Readonly<Record<By, (admission: Admission) => string>> = {
  client: clientOf,
  token: (admission) =>
    admission.caller ? `caller ${admission.caller.known.subject}` : clientOf(admission),
  route: () => "",
};

const WHO: Readonly<Record<By, string>> = {
  client: "from one client",
  token: "from one caller",
  route: "from everybody together",
};

/** The fields of draft-ietf-httpapi-ratelimit-headers-10; its windows are whole seconds. */
function rateHeaders(
  { requests, perSeconds, by }: NonNullable<RouteLimits["rate"]>,
  { remaining, retrySeconds, resetSeconds }: RateVerdict,
): Record<string, string> {
  const window = Math.ceil(perSeconds);
  const quota = Math.max(1, Math.round((requests / perSeconds) * window));
  return {
    "ratelimit-policy": `"${by}";q=${quota};w=${window}`,
    ratelimit: `"${by}";r=${remaining};t=${retrySeconds || resetSeconds}`,
  };
}
