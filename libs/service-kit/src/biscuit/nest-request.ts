import type { HttpMessage } from "@bastide/biscuit/http";

/** What Nest's requests have in common on Express and on Fastify, whose own message is in `raw`. */
export interface NestRequest extends HttpMessage {
  readonly raw?: HttpMessage;
  readonly method: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body?: unknown;
}

/** The message as Node has it, with every header field that was sent. */
export const messageOf = (request: NestRequest): HttpMessage => request.raw ?? request;
