import { callStateOf, handlerKindOf, ProblemError } from "@bastide/service-kit";
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from "@nestjs/common";
import type { Endpoint } from "@bastide/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { createHash } from "node:crypto";
import { catchError, from, mergeMap, type Observable, of } from "rxjs";
import { IdempotencyStore, type KeyedRequest } from "./idempotency.store.ts";

/** Visible ASCII; long enough for any UUID or hash. */
const KEY = /^[\x21-\x7E]{1,200}$/;

const REFUSALS = {
  "under-way": () =>
    new ProblemError(
      "conflict",
      "a request with this Idempotency-Key is still being answered; send it again in a second",
      { retryAfterSeconds: 1 },
    ),
  mismatch: () =>
    new ProblemError(
      "idempotency-mismatch",
      "this Idempotency-Key was sent with another request before; use a new key for each request",
    ),
} as const;

type EarlierAnswer =
  | { readonly isKnown: false }
  | { readonly isKnown: true; readonly body: unknown };

/** With `Idempotency-Key`, a POST or PATCH is done once, however often it is sent. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #store: IdempotencyStore;

  constructor(store: IdempotencyStore) {
    this.#store = store;
  }

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = request.headers["idempotency-key"];
    const kind = handlerKindOf(context.getHandler());
    if (key === undefined || kind?.kind !== "endpoint" || !isRepeatable(kind.contract))
      return next.handle();
    const keyed = keyedRequestOf(request, String(key));
    const reply = http.getResponse<FastifyReply>();
    return from(this.#begin(keyed, reply)).pipe(
      mergeMap((earlier) =>
        earlier.isKnown ? of(earlier.body) : this.#answer(keyed, next, reply),
      ),
    );
  }

  async #begin(keyed: KeyedRequest, reply: FastifyReply): Promise<EarlierAnswer> {
    const beginning = await this.#store.begin(keyed);
    if (beginning.kind === "begun") return { isKnown: false };
    if (beginning.kind !== "answered") throw REFUSALS[beginning.kind]();
    void reply.status(beginning.status).header("idempotent-replayed", "true");
    return { isKnown: true, body: beginning.body };
  }

  #answer(keyed: KeyedRequest, next: CallHandler, reply: FastifyReply): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (body: unknown) => {
        await this.#store.finish(keyed, reply.statusCode, body);
        return body;
      }),
      catchError(async (error: unknown) => {
        await this.#store.abandon(keyed);
        throw error;
      }),
    );
  }
}

/** Uploads repeat themselves: the same bytes are the same digest. Streams are no answers to remember. */
function isRepeatable({ method, body, response }: Endpoint): boolean {
  const changes = method === "POST" || method === "PATCH";
  return changes && body !== "bytes" && (typeof response !== "string" || response === "empty");
}

function keyedRequestOf(request: FastifyRequest, key: string): KeyedRequest {
  if (!KEY.test(key))
    throw new ProblemError(
      "invalid-request",
      "Idempotency-Key must have 1 to 200 visible ASCII characters, such as a UUID",
    );
  const requestHash = createHash("sha256")
    .update(`${request.method} ${request.url}\n`)
    .update(JSON.stringify(request.body ?? null))
    .digest("base64url");
  return { key, subject: callStateOf(request).caller.subject, requestHash };
}
