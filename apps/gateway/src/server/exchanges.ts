import type { Duplex } from "node:stream";
import type { Exchange } from "../exchange/exchange.ts";

/** Every request that is under way. */
export class Exchanges {
  readonly #open = new Set<Exchange>();
  /** The youngest of each connection. */
  readonly #bySocket = new WeakMap<Duplex, Exchange>();
  readonly #onQuiet = new Set<() => void>();

  begin(exchange: Exchange): void {
    this.#open.add(exchange);
    this.#bySocket.set(exchange.request.socket, exchange);
  }

  end(exchange: Exchange): void {
    this.#open.delete(exchange);
    const { socket } = exchange.request;
    if (this.#bySocket.get(socket) === exchange) this.#bySocket.delete(socket);
    if (this.#isQuiet()) for (const tell of this.#onQuiet) tell();
  }

  stateOf(socket: Duplex): "free" | "answering" | "client-due" {
    const exchange = this.#bySocket.get(socket);
    if (!exchange) return "free";
    return exchange.request.complete ? "answering" : "client-due";
  }

  /** No answer that has not begun will keep its connection open. */
  closeAfterAnswers(): void {
    for (const { response } of this.#open) response.shouldKeepAlive = false;
  }

  /** Resolves when no ordinary request is under way, or after `timeoutMs`. Upgraded connections do not count. */
  whenQuiet(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.#onQuiet.delete(settle);
        resolve();
      };
      const timer = setTimeout(settle, timeoutMs);
      this.#onQuiet.add(settle);
      if (this.#isQuiet()) settle();
    });
  }

  #isQuiet(): boolean {
    for (const { upgradeHead } of this.#open) if (!upgradeHead) return false;
    return true;
  }
}
