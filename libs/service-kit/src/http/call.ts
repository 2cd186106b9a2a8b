import { createParamDecorator, type ExecutionContext } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import type { Caller } from "../authorization/caller.ts";
import { contractOf } from "./handler-metadata.ts";
import { ProblemError } from "./problem-error.ts";
import { parseInput } from "./validation.ts";

/** What is known of every authorised request. */
export interface CallState {
  readonly caller: Caller;
  /** Also in the answer's `x-request-id` and in the logs. */
  readonly requestId: string;
  /** Aborts when the client goes away and when the service stops. */
  readonly signal: AbortSignal;
  readonly headers: Readonly<IncomingHttpHeaders>;
}

const routine = new WeakSet<FastifyRequest>();

/** What succeeds of this request is in no log. */
export const markRoutine = (request: FastifyRequest): void => void routine.add(request);

export const isRoutine = (request: FastifyRequest): boolean => routine.has(request);

const calls = new WeakMap<FastifyRequest, CallState>();

export const rememberCall = (request: FastifyRequest, state: CallState): void => {
  calls.set(request, state);
};

/** The state that the guard made. Throws when the request did not pass it. */
export function callStateOf(request: FastifyRequest): CallState {
  const state = calls.get(request);
  if (!state) throw new TypeError("the request has not passed the guard");
  return state;
}

/** The subject of a request that passed the guard, for the log. */
export const subjectOf = (request: FastifyRequest): string | undefined =>
  calls.get(request)?.caller.subject;

/** The validated request of the endpoint: see `CallOf`. */
export const Call: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { query, body } = contractOf(context);
    return {
      ...callStateOf(request),
      parameters: request.params,
      query: query && parseInput(query, request.query, "query"),
      body: body === "bytes" ? rawBody(request) : body && parseInput(body, request.body, "body"),
    };
  },
);

function rawBody(request: FastifyRequest): Readable {
  if (request.body instanceof Readable) return request.body;
  throw new ProblemError(
    "invalid-request",
    "send the bytes as the request's body with content-type application/octet-stream",
  );
}
