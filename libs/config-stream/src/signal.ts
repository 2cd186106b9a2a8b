/** Wakes everybody who waits at the moment it is raised. */
export class Signal {
  readonly #waiting = new Set<() => void>();

  raise(): void {
    for (const wake of this.#waiting) wake();
  }

  /** True when raised, false after `timeoutMs` or when aborted. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (raised: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", abort);
        resolve(raised);
      };
      const wake = () => settle(true);
      const abort = () => settle(false);
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#waiting.add(wake);
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
    });
  }
}
