import { beforeAbort } from "./before-abort.ts";
import type { Sessions } from "./sessions.ts";

/** A connection that listens on the store's channel, for all watches of this process together. */
interface Line {
  readonly ended: Promise<void>;
  end(): void;
}

/** Calls of PostgreSQL's NOTIFY, by the name of the lease that they are about. */
export class Notifications {
  readonly #sessions: Sessions;
  readonly #channel: string;
  readonly #rings = new Map<() => void, string>();
  #line: Promise<Line> | undefined;

  constructor(sessions: Sessions, channel: string) {
    this.#sessions = sessions;
    this.#channel = channel;
  }

  /** Rings once it listens, then at each call about `name`; settles when the connection ends, rejects when `signal` aborts. */
  async listen(name: string, ring: () => void, signal: AbortSignal): Promise<void> {
    this.#rings.set(ring, name);
    try {
      this.#line ??= this.#open();
      const opening = this.#line;
      const forget = () => {
        if (this.#line === opening) this.#line = undefined;
      };
      opening.catch(forget);
      const line = await beforeAbort(opening, signal);
      ring();
      // Who listens after it ended opens another.
      await beforeAbort(line.ended.then(forget), signal);
    } finally {
      this.#rings.delete(ring);
      if (this.#rings.size === 0) this.#hangUp();
    }
  }

  #hangUp(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.then(
      (open) => open.end(),
      () => undefined,
    );
  }

  async #open(): Promise<Line> {
    const deadline = AbortSignal.timeout(this.#sessions.timeoutMs);
    const client = await this.#sessions.connect(deadline);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    let isOpen = true;
    const end = () => {
      if (!isOpen) return;
      isOpen = false;
      // Not kept for others: it listens. Ends the connection too.
      client.release(true);
      resolve();
    };
    client.on("error", end);
    client.on("end", end);
    client.on("notification", ({ payload }) => {
      for (const [ring, name] of this.#rings) if (name === payload) ring();
    });
    try {
      await beforeAbort(client.query(`listen "${this.#channel}"`), deadline);
    } catch (error) {
      end();
      throw error;
    }
    return { ended, end };
  }
}
