import { setTimeout as delay } from "node:timers/promises";
import type { StreamChange, StreamMessage, StreamVersion } from "@bastide/contracts";
import { Acknowledger } from "./acknowledger.ts";
import { applyChanges, ChangedMap, type Changes } from "./changed-map.ts";
import type { LastKnownGood } from "./last-known-good.ts";
import { merged } from "./merged.ts";
import { Saver } from "./saver.ts";
import { sameVersion } from "./version.ts";

const SILENCE_MS = 15_000;
const BACKOFF_MS = { first: 50, most: 2_000 };

/** What a subscriber tells of itself: for logs, metrics and tests. */
export type SubscriberEvent =
  | { readonly type: "connected" }
  | { readonly type: "disconnected"; readonly reason: string }
  | { readonly type: "applied"; readonly version: StreamVersion; readonly changed: number }
  | { readonly type: "rejected"; readonly version: StreamVersion; readonly reason: string }
  | { readonly type: "history-held"; readonly held: string; readonly offered: string }
  | { readonly type: "corrupt-file"; readonly file: string; readonly reason: string }
  | { readonly type: "save-failed"; readonly reason: string };

export interface ConfigSubscriberOptions<Value> {
  /** Opens the stream from where the subscriber left off. */
  open(since: StreamVersion | undefined, signal: AbortSignal): AsyncIterable<StreamMessage>;
  /** Sends an acknowledgement; one at a time, the newest version only. */
  acknowledge(
    version: StreamVersion,
    unmentioned: readonly string[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Checks and converts one value, or throws: then the whole message is refused and the old state stays. */
  parse(key: string, value: unknown): Value;
  /**
   * Puts the new state into force, whole. Called before the acknowledgement; if it throws, the old state stays.
   * `state` is a view that is good until the call is over; nobody copies what a change leaves alone.
   */
  apply(
    state: ReadonlyMap<string, Value>,
    changed: readonly string[],
    version: StreamVersion,
  ): Promise<void> | void;
  readonly lastKnownGood: Pick<LastKnownGood, "load" | "save">;
  /** Whether a new history may replace the held one; default: never, what is held is kept until an operator confirms. */
  acceptHistory?(offered: string): boolean;
  onEvent?(event: SubscriberEvent): void;
}

/**
 * The client's side of a config stream: keeps the newest state applied, acknowledged and saved, for ever. It goes on
 * with the last known good state when the control plane is gone, and catches up when it is back.
 */
export class ConfigSubscriber<Value> {
  readonly #options: ConfigSubscriberOptions<Value>;
  readonly #stopped = new AbortController();
  readonly #acknowledger: Acknowledger;
  readonly #saver: Saver<Value>;
  #state = new Map<string, Value>();
  #version: StreamVersion | undefined;
  #connected = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: ConfigSubscriberOptions<Value>) {
    this.#options = options;
    this.#acknowledger = new Acknowledger(options.acknowledge.bind(options), this.#stopped.signal);
    this.#saver = new Saver(options.lastKnownGood, (reason) =>
      this.#tell({ type: "save-failed", reason }),
    );
  }

  get connected(): boolean {
    return this.#connected;
  }

  get version(): StreamVersion | undefined {
    return this.#version;
  }

  /** Applies the last known good state, if there is one, then connects in the background and stays so. */
  async start(): Promise<void> {
    await this.#restore();
    this.#loop = this.#stayConnected();
  }

  /** Sends the present version's acknowledgement again, because the caller's report changed. */
  acknowledgeAgain(): void {
    this.#acknowledger.again();
  }

  /** Disconnects; what was applied is saved when this resolves. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    await this.#saver.flush();
  }

  async #restore(): Promise<void> {
    const saved = await this.#options.lastKnownGood.load((file, reason) =>
      this.#tell({ type: "corrupt-file", file, reason }),
    );
    if (!saved) return;
    try {
      const state = new Map<string, Value>();
      for (const [key, value] of saved.entries) state.set(key, this.#options.parse(key, value));
      await this.#options.apply(state, [...state.keys()], saved.version);
      this.#state = state;
      this.#version = saved.version;
    } catch (cause) {
      this.#tell({ type: "rejected", version: saved.version, reason: reasonOf(cause) });
    }
  }

  async #stayConnected(): Promise<void> {
    let backoffMs = BACKOFF_MS.first;
    while (!this.#stopped.signal.aborted) {
      const progressed = await this.#connectOnce();
      backoffMs = progressed ? BACKOFF_MS.first : Math.min(backoffMs * 2, BACKOFF_MS.most);
      const jittered = backoffMs * (0.5 + Math.random() / 2);
      await delay(jittered, undefined, { signal: this.#stopped.signal }).catch(() => {});
    }
  }

  /** One connection, to its end. True when at least one of its messages was taken. */
  async #connectOnce(): Promise<boolean> {
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#stopped.signal, silence.signal]);
    const watchdog = setTimeout(() => silence.abort(new Error("no heartbeat")), SILENCE_MS);
    let progressed = false;
    try {
      for await (const message of merged(this.#options.open(this.#version, signal))) {
        watchdog.refresh();
        await this.#take(message);
        progressed = true;
        if (!this.#connected) this.#setConnected();
      }
      this.#setDisconnected("the stream ended");
    } catch (cause) {
      this.#setDisconnected(reasonOf(cause));
    } finally {
      clearTimeout(watchdog);
      silence.abort();
    }
    return progressed;
  }

  async #take(message: StreamMessage): Promise<void> {
    if (message.type === "heartbeat" || !this.#belongs(message.version)) return;
    if (message.type === "delta" && !(this.#version && sameVersion(message.after, this.#version)))
      throw new Error("a delta arrived out of order; asking again from the version held");
    try {
      await this.#apply(message);
    } catch (cause) {
      this.#tell({ type: "rejected", version: message.version, reason: reasonOf(cause) });
      throw cause;
    }
  }

  async #apply(message: Exclude<StreamMessage, { type: "heartbeat" }>): Promise<void> {
    const changes = this.#parse(message.changes);
    const changed = [...changes.keys()];
    await this.#options.apply(new ChangedMap(this.#state, changes), changed, message.version);
    applyChanges(this.#state, changes);
    this.#version = message.version;
    this.#saver.schedule({ version: message.version, entries: this.#state });
    const unmentioned =
      message.type === "snapshot" ? [...this.#state.keys()].filter((key) => !changes.has(key)) : [];
    this.#acknowledger.acknowledge(message.version, unmentioned);
    this.#tell({ type: "applied", version: message.version, changed: changed.length });
  }

  #parse(changes: readonly StreamChange[]): Changes<Value> {
    return new Map(
      changes.map((one) => [
        one.key,
        "tombstone" in one ? undefined : { value: this.#options.parse(one.key, one.value) },
      ]),
    );
  }

  #belongs(version: StreamVersion): boolean {
    const held = this.#version?.history;
    if (held === undefined || held === version.history) return true;
    if (this.#options.acceptHistory?.(version.history) === true) return true;
    this.#tell({ type: "history-held", held, offered: version.history });
    return false;
  }

  #setConnected(): void {
    this.#connected = true;
    this.#tell({ type: "connected" });
  }

  #setDisconnected(reason: string): void {
    this.#connected = false;
    if (!this.#stopped.signal.aborted) this.#tell({ type: "disconnected", reason });
  }

  #tell(event: SubscriberEvent): void {
    this.#options.onEvent?.(event);
  }
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);
