import type { Fact } from "./datalog/ast.ts";
import {
  type Authorization,
  authorizationOf,
  rememberAuthorization,
} from "./http/authorization.ts";
import type { HttpMessage } from "./http/bearer.ts";
import { type GateOptions, RequestGate } from "./http/gate.ts";
import { PROBLEM_TYPE, problemOf, type Refusal } from "./http/refusal.ts";
import { type Requirement, requirementOf } from "./http/requirement.ts";
import { Policy } from "./policy/policy.ts";
import type { Biscuit } from "./token/biscuit.ts";

export { type Authorization, authorizationOf };

/** What is used of Fastify's request. */
export interface FastifyRequest {
  readonly raw: HttpMessage;
  readonly method: string;
  readonly routeOptions?: { readonly url?: string | undefined };
}

/** What is used of Fastify's reply. */
export interface FastifyReply {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/** For `preHandler`; or `preValidation` and `onRequest`, where the body is not there yet. */
export type FastifyHook<Request> = (request: Request, reply: FastifyReply) => Promise<unknown>;

/** Makes hooks that let requests through whose token satisfies a policy. */
export interface FastifyGate<Request> {
  /** By a compiled policy; `facts` states what the policy needs to know of the request beside the time. */
  authorize(policy: Policy, facts?: (request: Request) => readonly Fact[]): FastifyHook<Request>;
  /** By a decision of your own, such as a policy with parameters. */
  authorize(requirement: Requirement<Request>): FastifyHook<Request>;
}

/**
 * Biscuit authorization for Fastify: `app.get("/orders/:id", { preHandler: gate.authorize(policy, facts) }, handler)`.
 * Refusals are RFC 6750 answers with RFC 9457 bodies; every other error goes to Fastify's own error handler.
 */
export function fastifyGate<Request extends FastifyRequest = FastifyRequest>(
  options: GateOptions<Request>,
): FastifyGate<Request> {
  const gate = new RequestGate(options);
  return {
    authorize(
      wanted: Policy | Requirement<Request>,
      facts?: (request: Request) => readonly Fact[],
    ): FastifyHook<Request> {
      const requirement = wanted instanceof Policy ? requirementOf(wanted, facts) : wanted;
      return async (request, reply) => {
        const asked = { request, message: request.raw, action: actionOf(request) };
        const decide = (token: Biscuit) => requirement(token, request, gate.now());
        const admission = await gate.admit(asked, decide);
        // A hook that returns its reply has answered; Fastify goes no further.
        if (!admission.admitted) return send(reply, admission.refusal);
        rememberAuthorization(request, admission);
        return undefined;
      };
    },
  };
}

/** The route's pattern and not the URL: what callers put into URLs does not belong in a log. */
const actionOf = ({ method, routeOptions }: FastifyRequest): string =>
  `${method} ${routeOptions?.url ?? "(no route)"}`;

function send(reply: FastifyReply, refusal: Refusal): FastifyReply {
  reply.code(refusal.status);
  reply.header("www-authenticate", refusal.challenge);
  reply.header("content-type", PROBLEM_TYPE);
  reply.header("cache-control", "no-store");
  reply.send(JSON.stringify(problemOf(refusal)));
  return reply;
}
