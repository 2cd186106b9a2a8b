import type { Authorizer } from "../authorization/authorizer.ts";
import type { Caller } from "../authorization/caller.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { RouteState } from "../limits/route-states.ts";
import { isRefusal, type Refusal } from "../refusals/refusal.ts";
import type { CompiledRoute } from "../table/compiled-route.ts";
import type { HttpsFacts } from "../tls/admission.ts";
import type { ClientIdentity } from "../tls/client-identity.ts";
import { authorizationGate } from "./authorization-gate.ts";
import { bodyGate } from "./body-gate.ts";
import { maintenanceGate } from "./maintenance-gate.ts";
import { connectionGate } from "./connection-gate.ts";
import { callerRateGate, rateGate } from "./rate-gate.ts";
import { redirectGate } from "./redirect-gate.ts";
import { slotsGate } from "./slots-gate.ts";

/** One request before its route's settings. */
export interface Admission {
  readonly exchange: Exchange;
  readonly route: CompiledRoute;
  readonly authorizer: Authorizer;
  readonly https: HttpsFacts;
  /** What is counted for the route; made when a gate asks for it. */
  readonly state: () => RouteState;
  readonly nowMs: number;
  /** Who asks, once a gate has found out. */
  readonly caller?: Caller;
}

/** What letting a request pass entails. */
export interface Passage {
  /** Called once when the request is over. */
  readonly leave?: () => void;
  /** For the answer, unless the upstream sets the same header. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly caller?: Caller;
  /** Who the client proved to be by its certificate. */
  readonly client?: ClientIdentity;
}

type Verdict = Passage | Refusal | undefined;

/** Lets a request pass, or says what is answered instead; later only where that takes other threads. */
export type Gate = (admission: Admission) => Verdict | Promise<Verdict>;

/** In the order in which they decide: whether the connection will do, what is closed or moved, then who comes too often, who may come at all, then what is too much. */
const GATES: readonly Gate[] = [
  connectionGate,
  maintenanceGate,
  redirectGate,
  rateGate,
  authorizationGate,
  callerRateGate,
  bodyGate,
  slotsGate,
];

/** Of a route that says nothing. */
const FIRST: readonly Gate[] = [connectionGate];

type Admitted = readonly Passage[] | Refusal;

/** The passages of every gate, or the first refusal; what was taken before it is given back. */
export function admit(admission: Admission): Admitted | Promise<Admitted> {
  const { settings } = admission.route;
  const gates = Object.keys(settings).length === 0 ? FIRST : GATES;
  return pass(gates, admission, []);
}

/** Goes on from a gate; synchronously as long as no gate needs time. */
function pass(
  gates: readonly Gate[],
  admission: Admission,
  passages: Passage[],
): Admitted | Promise<Admitted> {
  let current = admission;
  for (const [i, gate] of gates.entries()) {
    const verdict = gate(current);
    if (verdict instanceof Promise)
      return passLater(verdict, { gates: gates.slice(i + 1), admission: current, passages });
    const next = taken(verdict, current, passages);
    if (isRefusal(next)) return next;
    current = next;
  }
  return passages;
}

interface Rest {
  readonly gates: readonly Gate[];
  readonly admission: Admission;
  readonly passages: Passage[];
}

async function passLater(
  verdict: Promise<Verdict>,
  { gates, admission, passages }: Rest,
): Promise<Admitted> {
  const next = taken(await verdict, admission, passages);
  return isRefusal(next) ? next : pass(gates, next, passages);
}

function taken(verdict: Verdict, admission: Admission, passages: Passage[]): Admission | Refusal {
  if (verdict === undefined) return admission;
  if (isRefusal(verdict)) {
    for (const { leave } of passages) leave?.();
    return verdict;
  }
  passages.push(verdict);
  return verdict.caller ? { ...admission, caller: verdict.caller } : admission;
}
