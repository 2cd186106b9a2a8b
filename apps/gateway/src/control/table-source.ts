import type { ConfigSubscriber, SavedState, SubscriberEvent } from "@bastide/config-stream";
import type { StreamVersion } from "@bastide/contracts";
import type { Config } from "../config.ts";
import type { Log } from "../observe/log.ts";
import type { Entry } from "./entry.ts";
import { followTable, type TableUser } from "./follow-table.ts";

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

  constructor(
    config: Config,
    user: TableUser,
    log: Log,
    onEvent: (event: SubscriberEvent) => void,
  ) {
    this.#make = (initial) => followTable(config, user, { log, onEvent, initial });
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
