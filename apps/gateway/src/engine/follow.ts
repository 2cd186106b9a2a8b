import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { hasBody } from "../exchange/upstream-headers.ts";
import { AnswerClock } from "./answer-clock.ts";
import type { Attempt, AttemptOutcome, EngineTimeouts } from "./proxy-engine.ts";
import { relay } from "./relay.ts";

/** Carries a connection whose upgrade the upstream has accepted, to its end. */
export type Join = (
  incoming: IncomingMessage,
  socket: Socket,
  head: Buffer,
) => Promise<AttemptOutcome>;

/**
 * Sees one request to an upstream through to its end: sends the body once connected, gives the answer to the client,
 * and closes the upstream's connection as soon as the client is gone. With `join`, an upgrade is an answer too.
 */
export function follow(
  attempt: Attempt,
  outgoing: ClientRequest,
  timeouts: EngineTimeouts,
  join?: Join,
): Promise<AttemptOutcome> {
  const { request, response } = attempt;
  const withBody = hasBody(request);
  return new Promise((resolve) => {
    const clock = new AnswerClock(outgoing, timeouts, () => {
      attempt.onConnected?.();
      if (withBody) request.pipe(outgoing);
    });
    const leave = () => {
      clock.stop();
      outgoing.destroy();
      resolve({ kind: "client-gone" });
    };
    const lost = (error: Error) => {
      if (!clock.isRunning) return;
      answerBegins();
      request.unpipe(outgoing);
      resolve(clock.failureOf(error));
    };
    const answerBegins = () => {
      clock.stop();
      response.off("close", leave);
    };
    response.once("close", leave);
    outgoing.on("error", lost);
    outgoing.once("close", () => lost(new Error("closed without an answer")));
    outgoing.once("response", (incoming) => {
      answerBegins();
      const relayed = relay(incoming, response);
      // An upstream that answered without taking the whole request must not hold its connection by what it never reads.
      void relayed.then(() => outgoing.writableFinished || outgoing.destroy());
      resolve(relayed);
    });
    if (join)
      outgoing.once("upgrade", (incoming, socket, head) => {
        answerBegins();
        resolve(join(incoming, socket, head));
      });
    if (!withBody) outgoing.end();
  });
}
