import type { IncomingMessage } from "node:http";

/** Time for a client to finish a body that nobody reads any more, before its connection is closed. */
const LINGER_MS = 2_000;

/**
 * After an answer that came before the end of the request: the rest of the body is read and dropped for a while, so
 * that the client gets to see the answer and its connection can be used again.
 */
export function linger(request: IncomingMessage): void {
  // An HTTP/2 stream ends by itself, and its connection carries others.
  if (request.complete || request.destroyed || request.httpVersionMajor > 1) return;
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS);
  request.once("close", () => clearTimeout(timer));
  request.once("end", () => clearTimeout(timer));
  request.unpipe();
  request.resume();
}
