import { isCaller } from "../authorization/authorizer.ts";
import type { Gate } from "./admission.ts";

/** A route with a policy is closed to whoever is not let in by it. */
export const authorizationGate: Gate = ({ exchange, route, authorizer }) => {
  if (!route.policy) return undefined;
  const verdict = authorizer.authorize(exchange, route.policy);
  if (verdict instanceof Promise)
    return verdict.then((later) => (isCaller(later) ? { caller: later } : later));
  return isCaller(verdict) ? { caller: verdict } : verdict;
};
