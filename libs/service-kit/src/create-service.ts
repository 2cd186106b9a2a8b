import { uuidv7 } from "@bastide/contracts";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify";
import type { FastifyReply, FastifyRequest } from "fastify";
import { EndpointGuard } from "./authorization/endpoint.guard.ts";
import { isRoutine, subjectOf } from "./http/call.ts";
import { linger } from "./http/linger.ts";
import { ProblemError } from "./http/problem-error.ts";
import { ProblemFilter, sendProblem } from "./http/problem.filter.ts";
import type { JsonLogger } from "./logging/json-logger.ts";

/** Bodies that are parsed; raw bytes have limits of their own where they are read. */
const JSON_BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** Longest time that a client may take to send a request's headers. */
const HEADERS_TIMEOUT_MS = 15_000;

/** A connection on which nothing moves in either direction for this long is closed; streams of ours have heartbeats. */
const IDLE_CONNECTION_MS = 120_000;

/**
 * A Nest application on Fastify with what every service of ours has: problem+json, the guard of the API's endpoints,
 * request ids, the access log, raw bodies as streams, shutdown on SIGTERM and SIGINT. The module must import
 * `ServiceModule.with(logger)`.
 */
export async function createService(
  module: Parameters<typeof NestFactory.create>[0],
  logger: JsonLogger,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: JSON_BODY_LIMIT_BYTES,
    genReqId: () => uuidv7(),
    // The gateway in front of us is on this machine; nobody else's word on the client's address counts.
    trustProxy: "loopback",
    connectionTimeout: IDLE_CONNECTION_MS,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, new ProblemError("invalid-request", "the URL cannot be read"), request.id);
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger,
    abortOnError: false,
  });
  app.useGlobalGuards(app.get(EndpointGuard));
  app.useGlobalFilters(new ProblemFilter(logger));
  app.enableShutdownHooks(["SIGTERM", "SIGINT"]);
  addHooks(app, logger);
  return app;
}

function addHooks(app: NestFastifyApplication, logger: JsonLogger): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.server.headersTimeout = HEADERS_TIMEOUT_MS;
  // Long uploads and streams are legal; each handler bounds its own time.
  fastify.server.requestTimeout = 0;
  // A raw body is never buffered: the handler gets its stream. Bodies without a type are raw too.
  fastify.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  fastify.addHook("onRequest", async (request, reply) => {
    reply.headers({
      "x-request-id": request.id,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
  });
  fastify.addHook("onResponse", async (request, reply) => {
    linger(request.raw);
    const route = request.routeOptions.url ?? "none";
    if (route === "/healthz" || (isRoutine(request) && reply.statusCode < 400)) return;
    logger.info("request", {
      requestId: request.id,
      method: request.method,
      // The pattern and not the URL: what callers put into URLs does not belong in logs.
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      subject: subjectOf(request),
    });
  });
}
