import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Writable } from "node:stream";

/**
 * Where an answer goes, whichever version of HTTP the client speaks: a `ServerResponse` for HTTP/1.1, an `Http2Answer`
 * for HTTP/2. `close` without `finish` means that the client is gone.
 */
export interface ClientAnswer extends Writable {
  readonly req: IncomingMessage;
  readonly headersSent: boolean;
  statusCode: number;
  /** False makes this the last answer of an HTTP/1.1 connection. */
  shouldKeepAlive: boolean;
  /** Throws, having sent nothing, when a name or a value cannot be sent. */
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  writeHead(status: number, message: string, headers: string[]): unknown;
  /** Sends what `writeHead` was given without waiting for a body. */
  flushHeaders(): void;
  /** Before the end of the body; sent only where the version and the framing have a place for them. */
  addTrailers(trailers: readonly [string, string][]): void;
}
