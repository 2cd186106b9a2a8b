/** Events from callbacks, as an async iterable: what is not read yet waits, in order. */
export class EventChannel<Event> {
  readonly #waiting: Event[] = [];
  #isEnded = false;
  #wake: () => void = () => {};

  push(event: Event): void {
    this.#waiting.push(event);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<Event> {
    for (;;) {
      yield* this.#waiting.splice(0);
      if (this.#waiting.length > 0) continue;
      if (this.#isEnded) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
