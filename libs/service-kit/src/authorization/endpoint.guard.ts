import type { Biscuit } from "@bastide/biscuit";
import {
  type Asked,
  type Refusal,
  refuse,
  rememberAuthorization,
  RequestGate,
} from "@bastide/biscuit/http";
import type { Endpoint } from "@bastide/contracts";
import { type CanActivate, type ExecutionContext, Injectable } from "@nestjs/common";
import type { FastifyReply, FastifyRequest } from "fastify";
import { isRoutine, markRoutine, rememberCall } from "../http/call.ts";
import { handlerKindOf } from "../http/handler-metadata.ts";
import { OpenCalls } from "../http/open-calls.ts";
import { ProblemError } from "../http/problem-error.ts";
import { JsonLogger } from "../logging/json-logger.ts";
import { ambientFactsOf } from "./ambient-facts.ts";
import { ApiAuthorizer } from "./api-authorizer.ts";
import { logDecision } from "./log-decision.ts";
import { pathParametersOf } from "./path-parameters.ts";

const REALM = "bastide";

const GET_A_TOKEN =
  "send a token of this platform as `Authorization: Bearer <token>`; on the platform's own machine it is in admin.token";

/** Decides on every request, before its handler. What is neither public nor an endpoint of the contract is refused. */
@Injectable()
export class EndpointGuard implements CanActivate {
  readonly #authorizer: ApiAuthorizer;
  readonly #calls: OpenCalls;
  readonly #gate: RequestGate<FastifyRequest>;

  constructor(authorizer: ApiAuthorizer, calls: OpenCalls, logger: JsonLogger) {
    this.#authorizer = authorizer;
    this.#calls = calls;
    this.#gate = new RequestGate<FastifyRequest>({
      verifier: authorizer,
      realm: REALM,
      mayKnowWhy: (token, request) => this.#mayKnowWhy(token, request),
      audit: (event, request) => {
        if (event.outcome === "allowed" && isRoutine(request)) return;
        logDecision(logger, event, request.id);
      },
    });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const kind = handlerKindOf(context.getHandler());
    if (kind?.kind === "public") return true;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const contract = kind?.kind === "endpoint" ? kind.contract : undefined;
    const asked = askedOf(contract, request);
    const authentication = await this.#gate.authenticate(asked);
    if (!authentication.authentic) throw unauthentic(authentication.refusal);
    if (contract === undefined) throw outsideOfTheApi();
    // Before the decision, so that the log names whose request was refused.
    this.#remember(contract, authentication.token, request, http.getResponse<FastifyReply>());
    this.#authorize(contract, authentication.token, asked);
    return true;
  }

  #remember(
    contract: Endpoint,
    token: Biscuit,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const caller = this.#authorizer.callerOf(token);
    rememberCall(request, {
      caller,
      requestId: request.id,
      headers: request.headers,
      // What a stream shows goes on after the decision, so it lasts no longer than the token.
      signal: this.#calls.signalOf(reply, isStream(contract) ? caller.expiresAt : undefined),
    });
  }

  #authorize(contract: Endpoint, token: Biscuit, asked: Asked<FastifyRequest>): void {
    const { request } = asked;
    const { body, hostname: host, ip: clientIp } = request;
    const parameters = pathParametersOf(request.params);
    const facts = ambientFactsOf(contract, { parameters, body, host, clientIp }, this.#gate.now());
    const admission = this.#gate.conclude(asked, token, this.#authorizer.decide(token, facts));
    if (!admission.admitted) throw refused(admission.refusal, contract);
    rememberAuthorization(request, admission);
  }

  /** A refusal explains itself to the platform's admins and to the owners of the organisation it is about. */
  #mayKnowWhy(token: Biscuit, request: FastifyRequest): boolean {
    const caller = this.#authorizer.callerOf(token);
    const { organisation } = pathParametersOf(request.params);
    const isOwner = caller.roles.some(
      (held) => held.role === "owner" && held.organisation === organisation,
    );
    return caller.isPlatformAdmin || isOwner;
  }
}

function askedOf(contract: Endpoint | undefined, request: FastifyRequest): Asked<FastifyRequest> {
  if (contract?.isRoutine === true) markRoutine(request);
  return { request, message: request.raw, action: contract?.operation ?? "(no endpoint)" };
}

const isStream = ({ response }: Endpoint): boolean =>
  response === "events" || response === "ndjson";

function unauthentic({ error, detail, challenge }: Refusal): ProblemError {
  const code = error === "invalid_request" ? "invalid-request" : "unauthenticated";
  return new ProblemError(code, `${detail}; ${GET_A_TOKEN}`, { challenge });
}

function refused(
  { error, detail, challenge, why }: Refusal,
  { operation }: Endpoint,
): ProblemError {
  if (error === "invalid_token") return new ProblemError("unauthenticated", detail, { challenge });
  return new ProblemError(
    "forbidden",
    `the token does not allow "${operation}" here; ask for one that does`,
    { challenge, ...(why && { why: [...why] }) },
  );
}

function outsideOfTheApi(): ProblemError {
  const detail = "this path is not part of the API";
  const { challenge } = refuse(REALM, "insufficient_scope", detail);
  return new ProblemError("forbidden", detail, { challenge });
}
