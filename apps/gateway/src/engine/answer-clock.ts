import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import { BodyTooLarge } from "./body-limit.ts";
import type { AttemptFailure, EngineTimeouts } from "./proxy-engine.ts";

/**
 * Watches one request to an upstream until its answer begins: whether it was connected, and whether it takes too long.
 */
export class AnswerClock {
  readonly #outgoing: ClientRequest;
  #isRunning = true;
  #isConnected = false;
  #isLate = false;
  #isExpired = false;
  #timer: NodeJS.Timeout | undefined;

  /** `onConnected` is called when bytes can flow; a body should not be read before that. */
  constructor(
    outgoing: ClientRequest,
    timeouts: Pick<EngineTimeouts, "connectMs" | "answerMs">,
    onConnected: () => void,
  ) {
    this.#outgoing = outgoing;
    const connected = () => {
      if (!this.#isRunning) return;
      clearTimeout(this.#timer);
      this.#isConnected = true;
      onConnected();
    };
    outgoing.once("socket", (socket: Socket) => {
      if (!socket.connecting) return connected();
      this.#arm(timeouts.connectMs);
      socket.once("connect", connected);
    });
    outgoing.once("finish", () => this.#arm(timeouts.answerMs));
  }

  /** False once an answer has begun or the request has failed. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Fails the request now, as one that took too long. */
  expire(): void {
    if (!this.#isRunning) return;
    this.#isLate = true;
    this.#isExpired = true;
    this.#outgoing.destroy(new Error("the time for the whole request is over"));
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  /** What an error before the answer means. */
  failureOf(error: Error): AttemptFailure {
    if (error instanceof BodyTooLarge) return { kind: "failed", reason: "too-large", isSent: true };
    if (this.#isExpired && !this.#isConnected)
      return { kind: "failed", reason: "timeout", isSent: false };
    if (!this.#isConnected) return { kind: "failed", reason: "unreachable", isSent: false };
    const isParseError = "code" in error && String(error.code).startsWith("HPE_");
    const reason = this.#isLate ? "timeout" : isParseError ? "invalid" : "reset";
    return { kind: "failed", reason, isSent: true };
  }

  #arm(delayMs: number): void {
    if (!this.#isRunning) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.#outgoing.destroy(new Error(`nothing came within ${delayMs} ms`));
    }, delayMs);
  }
}
