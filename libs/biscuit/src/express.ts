import type { Fact } from "./datalog/ast.ts";
import {
  type Authorization,
  authorizationOf,
  rememberAuthorization,
} from "./http/authorization.ts";
import type { HttpMessage } from "./http/bearer.ts";
import { type Admission, type GateOptions, RequestGate } from "./http/gate.ts";
import { PROBLEM_TYPE, problemOf, type Refusal } from "./http/refusal.ts";
import { type Requirement, requirementOf } from "./http/requirement.ts";
import { Policy } from "./policy/policy.ts";

export { type Authorization, authorizationOf };

/** What is used of Express's request; Express 4 and 5, and plain `node:http`, have it. */
export interface ExpressRequest extends HttpMessage {
  readonly method?: string | undefined;
  readonly originalUrl?: string;
}

/** What is used of Express's response. */
export interface ExpressResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

export type ExpressMiddleware<Request> = (
  request: Request,
  response: ExpressResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

/** Makes middleware that lets requests through whose token satisfies a policy. */
export interface ExpressGate<Request> {
  /** By a compiled policy; `facts` states what the policy needs to know of the request beside the time. */
  authorize(
    policy: Policy,
    facts?: (request: Request) => readonly Fact[],
  ): ExpressMiddleware<Request>;
  /** By a decision of your own, such as a policy with parameters. */
  authorize(requirement: Requirement<Request>): ExpressMiddleware<Request>;
}

/**
 * Biscuit authorization for Express: `app.get("/orders/:id", gate.authorize(policy, facts), handler)`. Refusals are RFC
 * 6750 answers with RFC 9457 bodies. What a later handler throws is Express's to deal with and never becomes a refusal.
 */
export function expressGate<Request extends ExpressRequest = ExpressRequest>(
  options: GateOptions<Request>,
): ExpressGate<Request> {
  const gate = new RequestGate(options);
  return {
    authorize(
      wanted: Policy | Requirement<Request>,
      facts?: (request: Request) => readonly Fact[],
    ): ExpressMiddleware<Request> {
      const requirement = wanted instanceof Policy ? requirementOf(wanted, facts) : wanted;
      return async (request, response, next) => {
        let admission: Admission;
        try {
          const asked = { request, message: request, action: actionOf(request) };
          admission = await gate.admit(asked, (token) => requirement(token, request, gate.now()));
        } catch (error) {
          next(error);
          return;
        }
        if (!admission.admitted) return send(response, admission.refusal);
        rememberAuthorization(request, admission);
        // Outside of the try: what comes after us fails as itself.
        next();
      };
    },
  };
}

/** Without the query, which may hold what does not belong in a log. */
const actionOf = ({ method = "", originalUrl = "" }: ExpressRequest): string =>
  `${method} ${originalUrl.split("?")[0] ?? ""}`;

function send(response: ExpressResponse, refusal: Refusal): void {
  response.statusCode = refusal.status;
  response.setHeader("www-authenticate", refusal.challenge);
  response.setHeader("content-type", PROBLEM_TYPE);
  response.setHeader("cache-control", "no-store");
  response.end(JSON.stringify(problemOf(refusal)));
}
