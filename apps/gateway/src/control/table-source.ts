import type { ConfigSubscriber, SavedState } from "@bastide/config-stream";
import type { StreamVersion } from "@bastide/contracts";
import type { Entry } from "./entry.ts";
import { type FollowParts, followTable } from "./follow-table.ts";

/** Where the table comes from. */
export interface TableSource {
  /** Puts the table that is there, or `initial` in place of it, into force, and goes on to follow it. */
  start(initial?: SavedState): Promise<void>;
  /** What was put into force is saved when it resolves; it may be started again. */
  stop(): Promise<void>;
  /** What is busy has changed. */
  acknowledgeAgain(): void;
  readonly isConnected: boolean;
  /** Of the control plane's table in force. */
  readonly version: StreamVersion | undefined;
}

/** The control plane's config stream. */
export class StreamSource implements TableSource {
  readonly #make: (initial: SavedState | undefined) => ConfigSubscriber<Entry>;
  #subscriber: ConfigSubscriber<Entry> | undefined;

  constructor(parts: Omit<FollowParts, "initial">) {
    this.#make = (initial) => followTable({ ...parts, initial });
  }

  get isConnected(): boolean {
    return this.#subscriber?.connected ?? false;
  }

  get version(): StreamVersion | undefined {
    return this.#subscriber?.version;
  }

  async start(initial?: SavedState): Promise<void> {
    this.#subscriber = this.#make(initial);
    await this.#subscriber.start();
  }

  async stop(): Promise<void> {
    await this.#subscriber?.stop();
  }

  acknowledgeAgain(): void {
    this.#subscriber?.acknowledgeAgain();
  }
}
