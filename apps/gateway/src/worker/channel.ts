import { type FromWorker, readMessage, type ToWorker } from "./messages.ts";

/** A worker's way to its primary. */
export class Channel {
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #asked = 0;

  /** `onGone`: the primary has died. */
  listen(onMessage: (message: ToWorker) => void, onGone: () => void): void {
    process.on("message", (raw) => {
      const message = readMessage<ToWorker>(raw);
      if (message.type !== "answer") return onMessage(message);
      this.#waiting.get(message.id)?.(message.value);
      this.#waiting.delete(message.id);
    });
    process.once("disconnect", onGone);
  }

  send(message: FromWorker): void {
    // A primary that is gone hears nothing; what follows from that is `onGone`'s.
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  }

  ask(question: "metrics"): Promise<unknown> {
    const id = ++this.#asked;
    this.send({ type: "ask", id, question });
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}
