import { type FromWorker, readToWorker, type ToWorker } from "./messages.ts";

/** A worker's way to its primary. */
export class Channel {
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #asked = 0;

  /** `onGone`: the primary has died. */
  listen(onMessage: (message: ToWorker) => void, onGone: () => void): void {
    process.on("message", (raw) => {
      const message = readToWorker(raw);
      if (message.type !== "answer") return onMessage(message);
      this.#waiting.get(message.id)?.(message.value);
      this.#waiting.delete(message.id);
    });
    process.once("disconnect", onGone);
  }

  /** Resolves when it is on its way. */
  send(message: FromWorker): Promise<void> {
    return new Promise((resolve) => {
      // A primary that is gone hears nothing; what follows from that is `onGone`'s.
      if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
      else resolve();
    });
  }

  ask(question: "metrics"): Promise<unknown> {
    const id = ++this.#asked;
    void this.send({ type: "ask", id, question });
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}
