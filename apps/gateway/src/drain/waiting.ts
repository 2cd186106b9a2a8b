/**
 * Attempts that wait for an answer, by instance. A machine that vanished sends no reset: what was sent to it would be
 * waited for until its time is over. When its node is said to be silent they are given up, and may go elsewhere by the
 * rules of their routes.
 */
export class Waiting {
  readonly #attempts = new Map<string, Set<AbortController>>();

  /** Aborts when the instance's node falls silent. `end` has to be called when the attempt is over. */
  begin(instance: string): { readonly signal: AbortSignal; readonly end: () => void } {
    const controller = new AbortController();
    const attempts = this.#attempts.get(instance) ?? new Set();
    this.#attempts.set(instance, attempts.add(controller));
    const end = (): void => {
      attempts.delete(controller);
      if (attempts.size === 0) this.#attempts.delete(instance);
    };
    return { signal: controller.signal, end };
  }

  giveUp(instance: string): void {
    for (const controller of this.#attempts.get(instance) ?? []) controller.abort();
  }
}
