import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { hasBody } from "../exchange/upstream-headers.ts";
import { AnswerClock } from "./answer-clock.ts";
import type { Attempt, AttemptOutcome, EngineTimeouts } from "./proxy-engine.ts";
import { pipeBody } from "./body-limit.ts";
import { relay } from "./relay.ts";

/** A connection that was upgraded. */
export interface Joined {
  readonly ended: Promise<AttemptOutcome>;
  /** Ends it now, in good order where that can be. */
  readonly cut: () => void;
}

/** Carries a connection whose upgrade the upstream has accepted, to its end. */
export type Join = (incoming: IncomingMessage, socket: Socket, head: Buffer) => Joined;

/**
 * Sees one request to an upstream through to its end: sends the body once connected, gives the answer to the client,
 * and closes the upstream's connection as soon as the client is gone or the attempt's deadline has passed. With
 * `join`, an upgrade is an answer too.
 */
export function follow(
  attempt: Attempt,
  outgoing: ClientRequest,
  timeouts: EngineTimeouts,
  join?: Join,
): Promise<AttemptOutcome> {
  const followed = new Followed(attempt, outgoing, timeouts);
  if (join)
    outgoing.once("upgrade", (incoming, socket, head) =>
      followed.becomes(join(incoming, socket, head)),
    );
  if (!hasBody(attempt.request)) outgoing.end();
  return followed.outcome;
}

class Followed {
  readonly outcome: Promise<AttemptOutcome>;
  readonly #attempt: Attempt;
  readonly #outgoing: ClientRequest;
  readonly #clock: AnswerClock;
  readonly #settle: (outcome: AttemptOutcome | Promise<AttemptOutcome>) => void;
  /** Cuts what carries the answer, from its beginning on. */
  #cut: () => void;
  #stopBody = (): void => {};

  constructor(attempt: Attempt, outgoing: ClientRequest, timeouts: EngineTimeouts) {
    const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
    const { answerMs = timeouts.answerMs, response, deadline, abandoned } = attempt;
    this.outcome = promise.finally(() => {
      deadline?.removeEventListener("abort", this.#expire);
      abandoned?.removeEventListener("abort", this.#abandon);
    });
    this.#settle = resolve;
    this.#attempt = attempt;
    this.#outgoing = outgoing;
    this.#cut = () => outgoing.destroy();
    this.#clock = new AnswerClock(outgoing, { ...timeouts, answerMs }, () => this.#connected());
    response.once("close", this.#leave);
    deadline?.addEventListener("abort", this.#expire);
    abandoned?.addEventListener("abort", this.#abandon);
    outgoing.on("error", (error) => this.#lost(error));
    outgoing.once("close", () => this.#lost(new Error("closed without an answer")));
    outgoing.once("response", (incoming) => this.#answered(incoming));
  }

  /** The upstream took the upgrade. */
  becomes({ ended, cut }: Joined): void {
    this.#answerBegins();
    this.#cut = cut;
    this.#settle(ended);
  }

  #connected(): void {
    const { request, maxBodyBytes, onConnected } = this.#attempt;
    onConnected?.();
    if (hasBody(request)) this.#stopBody = pipeBody(request, this.#outgoing, maxBodyBytes);
  }

  #answered(incoming: IncomingMessage): void {
    this.#answerBegins();
    const relayed = relay(incoming, this.#attempt.response, this.#attempt);
    // An upstream that answered without taking the whole request must not hold its connection by what it never reads.
    void relayed.then(() => this.#outgoing.writableFinished || this.#outgoing.destroy());
    this.#settle(relayed);
  }

  #lost(error: Error): void {
    if (!this.#clock.isRunning) return;
    this.#answerBegins();
    this.#stopBody();
    this.#settle(this.#clock.failureOf(error));
  }

  #answerBegins(): void {
    this.#clock.stop();
    this.#attempt.response.off("close", this.#leave);
  }

  readonly #leave = (): void => {
    this.#clock.stop();
    this.#outgoing.destroy();
    this.#settle({ kind: "client-gone" });
  };

  readonly #abandon = (): void => {
    if (this.#clock.isRunning) this.#outgoing.destroy(new Error("its node is silent"));
  };

  readonly #expire = (): void => {
    if (this.#clock.isRunning) this.#clock.expire();
    else this.#cut();
  };
}
