import type { HaEvent } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { EventQueue } from "../streams/event-queue.ts";

const KEPT = 100;

/** What happens to services: the last of it here, all of it in the log. */
@Injectable()
export class HaEvents {
  readonly #last: HaEvent[] = [];
  readonly #listeners = new Set<(event: HaEvent) => void>();

  constructor(private readonly logger: JsonLogger) {}

  add(event: Omit<HaEvent, "at">): void {
    const full = { at: new Date().toISOString(), ...event };
    this.#last.push(full);
    if (this.#last.length > KEPT) this.#last.shift();
    this.logger.info("a service under high availability", event);
    for (const listener of this.#listeners) listener(full);
  }

  /** What is kept, and then each that comes. */
  async *follow(signal: AbortSignal): AsyncGenerator<HaEvent> {
    const queue = new EventQueue<HaEvent>();
    for (const event of this.#last) queue.push(event);
    const listener = (event: HaEvent): void => queue.push(event);
    this.#listeners.add(listener);
    try {
      yield* queue.read(signal);
    } finally {
      this.#listeners.delete(listener);
    }
  }
}
