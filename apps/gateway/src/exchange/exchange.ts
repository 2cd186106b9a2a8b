import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Trace } from "../observe/trace-context.ts";
import type { ClientAnswer } from "./client-answer.ts";
import type { RequestTarget } from "./request-target.ts";
import { hasBody } from "./upstream-headers.ts";

/** What of a request decides where it goes and whether it may. */
export interface AskedExchange extends RequestTarget {
  readonly request: Pick<IncomingMessage, "method" | "headers" | "rawHeaders"> & {
    readonly socket: Pick<Socket, "remoteAddress">;
  };
}

/** One request on its way through the gateway, and where its answer goes. */
export interface Exchange extends RequestTarget {
  readonly request: IncomingMessage;
  /** For an upgrade too: it is how a refusal is answered there. */
  readonly response: ClientAnswer;
  /** What the client sent after a request that asks to become a WebSocket; undefined for any other. */
  readonly upgradeHead?: Buffer;
  readonly trace: Trace;
  /** On the gateway's own clock, in milliseconds. */
  readonly startedAtMs: number;
}

/** Methods that mean the same sent once or twice (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** Whether the client's connection is encrypted. */
export function isSecure({ socket }: IncomingMessage): boolean {
  return "encrypted" in socket && socket.encrypted === true;
}

/** Whether the request may be sent again after it may have reached an upstream: nothing of it was used up, and twice does no harm. */
export function isRepeatable({ request }: Pick<Exchange, "request">): boolean {
  return IDEMPOTENT.has(request.method ?? "") && !hasBody(request);
}
