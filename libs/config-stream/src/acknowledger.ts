import { setTimeout as delay } from "node:timers/promises";
import type { StreamVersion } from "@bastide/contracts";

const RETRY_MS = 200;
const DEADLINE_MS = 10_000;

interface Acknowledgement {
  readonly version: StreamVersion;
  readonly unmentioned: readonly string[];
}

type Send = (
  version: StreamVersion,
  unmentioned: readonly string[],
  signal: AbortSignal,
) => Promise<void>;

/**
 * Sends acknowledgements one at a time. While one is under way only the newest of the next is kept: acknowledging a
 * version acknowledges all before it. One that fails is sent again until a newer one takes its place.
 */
export class Acknowledger {
  readonly #send: Send;
  readonly #stopped: AbortSignal;
  #latest: Acknowledgement | undefined;
  #isTold = false;
  #isDue = false;
  #isSending = false;

  constructor(send: Send, stopped: AbortSignal) {
    this.#send = send;
    this.#stopped = stopped;
  }

  acknowledge(version: StreamVersion, unmentioned: readonly string[]): void {
    // Only a snapshot finds out what it leaves unmentioned: that is kept until the server was told, by whichever version.
    const untold = this.#latest !== undefined && !this.#isTold ? this.#latest.unmentioned : [];
    this.#latest = { version, unmentioned: [...new Set([...untold, ...unmentioned])] };
    this.#isTold = false;
    this.again();
  }

  /** Sends the latest once more; nothing happens before the first. */
  again(): void {
    this.#isDue = this.#latest !== undefined;
    if (!this.#isSending) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isSending = true;
    while (this.#isDue && this.#latest && !this.#stopped.aborted) {
      this.#isDue = false;
      const latest = this.#latest;
      if (await this.#trySend(latest)) this.#isTold ||= this.#latest === latest;
      else {
        this.#isDue = true;
        await delay(RETRY_MS, undefined, { signal: this.#stopped }).catch(() => {});
      }
    }
    this.#isSending = false;
  }

  async #trySend(latest: Acknowledgement): Promise<boolean> {
    const signal = AbortSignal.any([this.#stopped, AbortSignal.timeout(DEADLINE_MS)]);
    return this.#send(latest.version, latest.unmentioned, signal).then(
      () => true,
      () => false,
    );
  }
}
