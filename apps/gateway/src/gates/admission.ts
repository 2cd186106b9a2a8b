import type { Exchange } from "../exchange/exchange.ts";
import type { RouteState } from "../limits/route-states.ts";
import type { Refusal } from "../refusals/refusal.ts";
import type { CompiledRoute } from "../table/compiled-route.ts";
import { authorizationGate } from "./authorization-gate.ts";
import { bodyGate } from "./body-gate.ts";
import { maintenanceGate } from "./maintenance-gate.ts";
import { rateGate } from "./rate-gate.ts";
import { redirectGate } from "./redirect-gate.ts";
import { slotsGate } from "./slots-gate.ts";

/** One request before its route's settings. */
export interface Admission {
  readonly exchange: Exchange;
  readonly route: CompiledRoute;
  /** What is counted for the route; made when a gate asks for it. */
  readonly state: () => RouteState;
  readonly nowMs: number;
}

/** What letting a request pass entails. */
export interface Passage {
  /** Called once when the request is over. */
  readonly leave?: () => void;
  /** For the answer, unless the upstream sets the same header. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Lets a request pass, or says what is answered instead. */
export type Gate = (admission: Admission) => Passage | Refusal | undefined;

/** In the order in which they decide: what is closed or moved first, then who comes too often, then what is too much. */
const GATES: readonly Gate[] = [
  maintenanceGate,
  redirectGate,
  rateGate,
  authorizationGate,
  bodyGate,
  slotsGate,
];

export const isRefusal = (verdict: object): verdict is Refusal => "kind" in verdict;

const FREE: readonly Passage[] = [];

/** The passages of every gate, or the first refusal; what was taken before it is given back. */
export function admit(admission: Admission): readonly Passage[] | Refusal {
  const { settings } = admission.route;
  if (Object.keys(settings).length === 0) return FREE;
  const passages: Passage[] = [];
  for (const gate of GATES) {
    const verdict = gate(admission);
    if (verdict === undefined) continue;
    if (isRefusal(verdict)) {
      for (const { leave } of passages) leave?.();
      return verdict;
    }
    passages.push(verdict);
  }
  return passages;
}
