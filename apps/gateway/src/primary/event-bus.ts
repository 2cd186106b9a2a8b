import type { GatewayEvent } from "@bastide/contracts";

/** Everything that happens to a gateway, besides requests, for whoever listens. */
export class EventBus {
  readonly #listeners = new Set<(event: GatewayEvent) => void>();

  emit(type: string, facts: Omit<GatewayEvent, "time" | "type"> = {}): void {
    const event = { time: new Date().toISOString(), type, ...facts };
    for (const listener of this.#listeners) listener(event);
  }

  /** Returns how to stop. */
  on(listener: (event: GatewayEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
