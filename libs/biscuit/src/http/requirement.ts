import type { Fact } from "../datalog/ast.ts";
import type { Decision } from "../policy/decision.ts";
import { fact } from "../policy/fact.ts";
import type { Policy } from "../policy/policy.ts";
import type { Biscuit } from "../token/biscuit.ts";

/** What a route asks of the token of each request: a decision, at once or later. */
export type Requirement<Request> = (
  token: Biscuit,
  request: Request,
  now: Date,
) => Decision | Promise<Decision>;

/**
 * A policy as a requirement. The request states `time(<now>)` and what `facts` gives; nothing else of the request is
 * known to the policy.
 */
export function requirementOf<Request>(
  policy: Policy,
  facts: (request: Request) => readonly Fact[] = () => [],
): Requirement<Request> {
  return (token, request, now) =>
    policy.authorize(token, { facts: [fact("time", now), ...facts(request)] });
}
