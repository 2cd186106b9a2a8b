import type { ClientRequest, IncomingMessage } from "node:http";

/** A request's body went beyond what may be sent. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/**
 * Sends a request's body as it comes. With a limit, the part that goes beyond it and all that follows is not sent, and
 * the upstream's connection is closed with BodyTooLarge. Gives how to stop; what was not read stays unread.
 */
export function pipeBody(
  request: IncomingMessage,
  outgoing: ClientRequest,
  maxBytes = Infinity,
): () => void {
  if (maxBytes === Infinity) {
    request.pipe(outgoing);
    return () => void request.unpipe(outgoing);
  }
  let bytes = 0;
  const send = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      stop();
      outgoing.destroy(new BodyTooLarge(`the body is longer than ${maxBytes} bytes`));
    } else if (!outgoing.write(chunk)) {
      request.pause();
      outgoing.once("drain", resume);
    }
  };
  const resume = () => void request.resume();
  const end = () => void outgoing.end();
  const stop = () => {
    request.pause();
    request.off("data", send).off("end", end);
    outgoing.off("drain", resume);
  };
  request.on("data", send).once("end", end);
  return stop;
}
