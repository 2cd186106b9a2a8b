import type { IncomingMessage } from "node:http";

/** Time for a caller to read an answer that came before the end of its request. */
const LINGER_MS = 2000;

/**
 * After an answer to a request whose body goes on: Node reads and drops the rest, which may be endless, so the
 * connection is closed in a while. Not at once, since a caller that is still sending would see a reset and no answer.
 */
export function linger(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS);
  for (const event of ["end", "close"]) request.once(event, () => clearTimeout(timer));
}
