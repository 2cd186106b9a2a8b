import type { HaReport } from "@bastide/contracts";

const AT_LEAST_EVERY_MS = 3_000;

type Said = Pick<HaReport, "services" | "version">;

export interface ReportsOptions {
  readonly send: (said: Said, sequence: number) => Promise<void>;
}

/** What a guard tells the control plane: each change at once, and the same again every few seconds. */
export class Reports {
  readonly #options: ReportsOptions;
  #sequence = 0;
  #told = "";
  #toldMs = Number.NEGATIVE_INFINITY;
  #isSending = false;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** Something changed: the next look is told whatever it is. */
  changed(): void {
    this.#told = "";
  }

  see(said: Said): void {
    const text = JSON.stringify(said);
    const isDue = performance.now() - this.#toldMs >= AT_LEAST_EVERY_MS;
    if (this.#isSending || (text === this.#told && !isDue)) return;
    this.#isSending = true;
    this.#toldMs = performance.now();
    this.#sequence += 1;
    this.#options
      .send(said, this.#sequence)
      .then(
        () => (this.#told = text),
        // Said again at the next look.
        () => (this.#told = ""),
      )
      .finally(() => (this.#isSending = false));
  }
}
