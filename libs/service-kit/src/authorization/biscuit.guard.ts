import { type CanActivate, type ExecutionContext, Injectable } from "@nestjs/common";
import type { Endpoint } from "@bastide/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { rememberCall } from "../http/call.ts";
import { handlerKindOf } from "../http/handler-metadata.ts";
import { OpenCalls } from "../http/open-calls.ts";
import { ProblemError } from "../http/problem-error.ts";
import { ambientFactsOf } from "./ambient-facts.ts";
import { ApiAuthorizer, type AuthenticToken } from "./api-authorizer.ts";
import { pathParametersOf } from "./path-parameters.ts";

/** RFC 6750 §2.1: the only place that a token is taken from; never a query or a form. */
const BEARER = /^Bearer ([A-Za-z0-9_=-]+)$/i;

const GET_A_TOKEN =
  "send a token of this platform as `Authorization: Bearer <token>`; on the platform's own machine it is in admin.token";

/** Decides on every request, before its handler. What is neither public nor an endpoint of the contract is refused. */
@Injectable()
export class BiscuitGuard implements CanActivate {
  readonly #authorizer: ApiAuthorizer;
  readonly #calls: OpenCalls;

  constructor(authorizer: ApiAuthorizer, calls: OpenCalls) {
    this.#authorizer = authorizer;
    this.#calls = calls;
  }

  canActivate(context: ExecutionContext): boolean {
    const kind = handlerKindOf(context.getHandler());
    if (kind?.kind === "public") return true;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const authentic = this.#authenticate(request.headers.authorization);
    if (kind === undefined) throw new ProblemError("forbidden", "this path is not part of the API");
    // Before the decision, so that the log names whose request was refused.
    rememberCall(request, {
      caller: authentic.caller,
      requestId: request.id,
      headers: request.headers,
      signal: this.#calls.signalOf(
        http.getResponse<FastifyReply>(),
        // What a stream shows goes on after the decision, so it lasts no longer than the token.
        isStream(kind.contract) ? authentic.caller.expiresAt : undefined,
      ),
    });
    this.#authorize(kind.contract, authentic, request);
    return true;
  }

  #authenticate(header: string | undefined): AuthenticToken {
    if (header === undefined)
      throw new ProblemError("unauthenticated", `the request has no token; ${GET_A_TOKEN}`);
    const [, text] = BEARER.exec(header) ?? [];
    const authentic = text === undefined ? undefined : this.#authorizer.authenticate(text);
    if (authentic) return authentic;
    throw new ProblemError(
      "unauthenticated",
      `the token is not one of this platform; ${GET_A_TOKEN}`,
    );
  }

  #authorize(contract: Endpoint, authentic: AuthenticToken, request: FastifyRequest): void {
    const parameters = pathParametersOf(request.params);
    const facts = ambientFactsOf(
      contract,
      {
        parameters,
        body: request.body,
        host: request.hostname,
        clientIp: request.ip,
      },
      new Date(),
    );
    const decision = this.#authorizer.decide(authentic, facts);
    if (decision.allowed) return;
    if (decision.expired) throw expired(authentic);
    const isEntitled = mayKnowWhy(authentic, parameters["organisation"]);
    throw new ProblemError(
      "forbidden",
      `the token does not allow "${contract.operation}" here; ask for one that does`,
      isEntitled ? { why: [...decision.why] } : {},
    );
  }
}

const isStream = ({ response }: Endpoint): boolean =>
  response === "events" || response === "ndjson";

function expired({ caller }: AuthenticToken): ProblemError {
  const at = caller.expiresAt?.toISOString() ?? "an earlier time";
  return new ProblemError("unauthenticated", `the token expired at ${at}; get a new one`);
}

/** A refusal explains itself to the platform's admins and to the owners of the organisation it is about. */
function mayKnowWhy({ caller }: AuthenticToken, organisation: string | undefined): boolean {
  return (
    caller.isPlatformAdmin ||
    caller.roles.some(
      (held) =>
        held.role === "owner" && organisation !== undefined && held.organisation === organisation,
    )
  );
}
