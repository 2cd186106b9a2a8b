import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  StreamableFile,
} from "@nestjs/common";
import type { RawBody } from "@bastide/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Readable } from "node:stream";
import { map, type Observable } from "rxjs";
import { eventStream } from "../streams/event-stream.ts";
import { callStateOf } from "./call.ts";
import { contractOf } from "./handler-metadata.ts";

/** Makes an answer of what a handler gives back, and lets nothing out that the contract does not name. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const { response } = contractOf(context);
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const { signal } = callStateOf(http.getRequest<FastifyRequest>());
    const answerOf = (value: unknown): unknown =>
      typeof response === "string" ? SEND[response](value, reply, signal) : response.parse(value);
    return next.handle().pipe(map(answerOf));
  }
}

type Send = (value: unknown, reply: FastifyReply, signal: AbortSignal) => StreamableFile | null;

const SEND: Readonly<Record<RawBody, Send>> = {
  empty: () => null,
  events: (value, reply, signal) =>
    streamed(reply, "text/event-stream", eventStream(iterable(value), signal)),
  ndjson: (value, reply) => streamed(reply, "application/x-ndjson", iterable(value)),
  bytes: (value, reply) => bytes(reply, value),
};

function streamed(
  reply: FastifyReply,
  type: string,
  items: AsyncIterable<unknown>,
): StreamableFile {
  // Proxies that buffer would hold events back until a buffer is full.
  reply.header("x-accel-buffering", "no");
  return new StreamableFile(Readable.from(items), { type });
}

function bytes(reply: FastifyReply, value: unknown): StreamableFile {
  const answer = value instanceof Readable ? { stream: value } : value;
  if (!isByteAnswer(answer)) throw new TypeError("the handler gave no stream of bytes");
  if (answer.sizeBytes !== undefined) reply.header("content-length", answer.sizeBytes);
  return new StreamableFile(answer.stream, {
    type: answer.contentType ?? "application/octet-stream",
  });
}

interface Bytes {
  readonly stream: Readable;
  readonly sizeBytes?: number;
  readonly contentType?: string;
}

const isByteAnswer = (value: unknown): value is Bytes =>
  typeof value === "object" &&
  value !== null &&
  "stream" in value &&
  value.stream instanceof Readable;

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

function iterable(value: unknown): AsyncIterable<unknown> {
  if (isIterable(value)) return value;
  throw new TypeError("the handler gave nothing to iterate over");
}
