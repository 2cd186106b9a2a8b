import type { Allowed } from "../policy/decision.ts";
import type { Biscuit } from "../token/biscuit.ts";

/** What a handler behind a gate knows of its request. */
export interface Authorization {
  readonly token: Biscuit;
  /** The policy that let the request in. */
  readonly decision: Allowed;
}

/** Not a property of the request: nothing that is parsed from the network can ever look like an authorization. */
const authorizations = new WeakMap<object, Authorization>();

/** For adapters: called once a request is let in. */
export const rememberAuthorization = (request: object, authorization: Authorization): void => {
  authorizations.set(request, authorization);
};

/** The token and the decision of a request. Throws TypeError when it passed no gate: the route lacks its policy. */
export function authorizationOf(request: object): Authorization {
  const authorization = authorizations.get(request);
  if (authorization) return authorization;
  throw new TypeError("this request passed no authorization: give its route a policy");
}
