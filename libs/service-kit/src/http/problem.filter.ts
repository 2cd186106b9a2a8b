import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from "@nestjs/common";
import type { Refusal } from "@bastide/biscuit/http";
import { PROBLEMS, type Problem, type ProblemCode } from "@bastide/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { BiscuitRefused } from "../biscuit/biscuit-refused.ts";
import { JsonLogger } from "../logging/json-logger.ts";
import { ProblemError } from "./problem-error.ts";

/** PostgreSQL and system error codes that mean something to a caller. */
const KNOWN_CAUSES: Readonly<Record<string, ProblemCode>> = {
  ENOSPC: "disk-full",
  EDQUOT: "disk-full",
  "53100": "disk-full",
  ECONNREFUSED: "unavailable",
  ECONNRESET: "unavailable",
  "57P01": "unavailable",
  "57P02": "unavailable",
  "57P03": "unavailable",
  "53300": "unavailable",
};

const DETAILS: Partial<Record<ProblemCode, string>> = {
  "disk-full":
    "the platform's disk is full; free space on the control plane's data directory, then try again",
  unavailable:
    "the platform's database does not answer; it is being started again, try again in a moment",
};

const RETRY_AFTER_SECONDS: Partial<Record<ProblemCode, number>> = {
  unavailable: 1,
  "disk-full": 60,
};

/** The one place where errors become answers: RFC 9457, closed codes, the request's id, nothing internal. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: JsonLogger;

  constructor(logger: JsonLogger) {
    this.#logger = logger;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const known = toProblemError(error);
    if (known.code === "internal")
      this.#logger.error("a request failed", { requestId: request.id, error });
    sendProblem(http.getResponse<FastifyReply>(), known, request.id);
  }
}

/** Sends a problem; once an answer has begun there is only its connection to cut, so that nobody takes it for whole. */
export function sendProblem(reply: FastifyReply, error: ProblemError, requestId: string): void {
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  const body: Problem = error.toProblem(requestId);
  const retryAfter = error.options.retryAfterSeconds ?? RETRY_AFTER_SECONDS[error.code];
  if (retryAfter !== undefined) void reply.header("retry-after", retryAfter);
  const { challenge } = error.options;
  if (challenge !== undefined) void reply.header("www-authenticate", challenge);
  void reply.status(body.status).type("application/problem+json").send(JSON.stringify(body));
}

function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof BiscuitRefused) return ofRefusal(error.refusal);
  if (error instanceof HttpException) return ofHttpException(error);
  const code = codesOf(error)
    .map((name) => KNOWN_CAUSES[name])
    .find((known) => known !== undefined);
  if (code === undefined)
    return new ProblemError(
      "internal",
      "something failed inside the platform; the log has it under this request's id",
      { cause: error },
    );
  return new ProblemError(code, DETAILS[code] ?? PROBLEMS[code][1], { cause: error });
}

const REFUSALS = { 400: "invalid-request", 401: "unauthenticated", 403: "forbidden" } as const;

const ofRefusal = ({ status, detail, challenge, why }: Refusal): ProblemError =>
  new ProblemError(REFUSALS[status], detail, { challenge, ...(why && { why: [...why] }) });

/** What Nest and Fastify refuse before a handler runs: unknown paths, bodies that do not parse or are too large. */
function ofHttpException(error: HttpException): ProblemError {
  switch (error.getStatus()) {
    case 404:
      return new ProblemError(
        "not-found",
        "no such path; the API is described at /v1/openapi.json",
      );
    case 413:
      return new ProblemError(
        "too-large",
        "the request's body is over the limit for JSON of 4 MiB",
      );
    case 400:
    case 415:
      return new ProblemError("invalid-request", `the body cannot be read: ${error.message}`);
    default:
      return new ProblemError("internal", "something failed inside the platform", { cause: error });
  }
}

/** The codes of an error and of its causes. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  return [...own, ...(isLostConnection(error) ? ["ECONNRESET"] : []), ...codesOf(error.cause)];
}

/** What has no code that says so: a missing socket of PostgreSQL is ENOENT, and `pg` words a cut connection only. */
const isLostConnection = (error: Error): boolean =>
  ("syscall" in error && error.syscall === "connect") ||
  error.message.startsWith("Connection terminated") ||
  error.message.startsWith("timeout exceeded when trying to connect");
