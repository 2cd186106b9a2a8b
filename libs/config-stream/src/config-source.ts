import type { StreamChange, StreamMessage, StreamVersion } from "@bastide/contracts";
import { ChangeLog, type Json } from "./change-log.ts";
import { Signal } from "./signal.ts";
import { includesVersion } from "./version.ts";

const HEARTBEAT_MS = 5_000;
/** A subscriber that broke off this recently may still act on its old state, so that its acknowledgement is waited for. */
const LEASE_MS = 10_000;

export interface SubscriberState {
  readonly connected: boolean;
  /** The last version it acknowledged. */
  readonly version?: StreamVersion;
  readonly report?: Json;
}

interface Subscriber {
  /** Ends its streams when it is dropped. */
  readonly gone: AbortController;
  connections: number;
  lastSeenMs: number;
  version?: StreamVersion;
  report?: Json;
}

export interface ConfigSourceOptions {
  /** Id of the database's history; a restored database has a new one. */
  readonly history: string;
  /** Counts the starts of this history's leader. */
  readonly epoch: number;
  /**
   * Asked for each key that a subscriber holds and this source knows nothing of (it was deleted before the epoch
   * began, or belongs to somebody else). `true` sends a tombstone. Default: keep, since absence never deletes.
   */
  readonly isDeleted?: (key: string) => boolean;
  readonly now?: () => number;
}

/**
 * The server's side of one config stream: desired state by key, in memory, pushed to any number of subscribers.
 * What it holds is rebuilt from the database at each start, under a new epoch.
 */
export class ConfigSource {
  readonly #options: ConfigSourceOptions;
  readonly #log = new ChangeLog();
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #changed = new Signal();
  readonly #events = new Set<() => void>();
  readonly #now: () => number;

  constructor(options: ConfigSourceOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get version(): StreamVersion {
    const { history, epoch } = this.#options;
    return { history, epoch, sequence: this.#log.sequence };
  }

  entries(): ReadonlyMap<string, Json> {
    return this.#log.values();
  }

  /** Applies the changes as one atomic delta and returns the version that holds them. */
  apply(changes: readonly StreamChange[]): StreamVersion {
    const before = this.#log.sequence;
    this.#log.apply(changes);
    if (this.#log.sequence !== before) this.#changed.raise();
    return this.version;
  }

  /** Drops tombstones that nobody needs any more. */
  forget(keys: readonly string[]): void {
    this.#log.forget(keys);
  }

  /**
   * One subscriber's stream: a snapshot, or what changed since its version, or a heartbeat that says that nothing did;
   * then every change at once and a heartbeat when there is none. Ends when `unsubscribed` is aborted, or by `drop`.
   */
  async *subscribe(
    subscriber: string,
    since: StreamVersion | undefined,
    unsubscribed: AbortSignal,
  ): AsyncGenerator<StreamMessage> {
    const state = this.#connect(subscriber);
    const signal = AbortSignal.any([unsubscribed, state.gone.signal]);
    try {
      let sent = since && this.#isMine(since) ? since : undefined;
      let hasSpoken = false;
      while (!signal.aborted) {
        const message = this.#next(sent) ?? (hasSpoken ? undefined : this.#heartbeat());
        hasSpoken = true;
        if (message) {
          sent = message.version;
          yield message;
        } else if (!(await this.#changed.wait(HEARTBEAT_MS, signal)) && !signal.aborted)
          yield this.#heartbeat();
        state.lastSeenMs = this.#now();
      }
    } finally {
      state.connections -= 1;
      this.#notify();
    }
  }

  /** Called for each acknowledgement that arrives; one older than the last is ignored. */
  acknowledge(
    subscriber: string,
    version: StreamVersion,
    report: Json,
    unmentioned: readonly string[] = [],
  ): void {
    const state = this.#subscriber(subscriber);
    state.lastSeenMs = this.#now();
    if (state.version && !includesVersion(version, state.version) && this.#isMine(state.version))
      return;
    state.version = version;
    state.report = report;
    this.#bury(unmentioned);
    this.#notify();
  }

  /**
   * Waits for this subscriber no more, and ends its streams: its machine is lost, and a connection to a dead machine
   * looks open for minutes. One that lives after all subscribes again, and counts again.
   */
  drop(subscriber: string): void {
    const state = this.#subscribers.get(subscriber);
    if (!state) return;
    this.#subscribers.delete(subscriber);
    state.gone.abort();
    this.#notify();
  }

  subscribers(): ReadonlyMap<string, SubscriberState> {
    return new Map(
      Array.from(this.#subscribers, ([name, { connections, version, report }]) => [
        name,
        {
          connected: connections > 0,
          ...(version ? { version } : {}),
          ...(report === undefined ? {} : { report }),
        },
      ]),
    );
  }

  /** Whether every live subscriber, and at least one, has acknowledged `version` or a later one. */
  isAcknowledged(version: StreamVersion): boolean {
    const live = [...this.#subscribers.values()].filter((state) => this.#isLive(state));
    return live.length > 0 && live.every((state) => includesVersion(state.version, version));
  }

  /** Resolves when `isAcknowledged`; rejects with the signal's reason. */
  async waitForAcknowledgement(version: StreamVersion, signal: AbortSignal): Promise<void> {
    const woken = new Signal();
    const off = this.on(() => woken.raise());
    try {
      while (!this.isAcknowledged(version)) {
        signal.throwIfAborted();
        await woken.wait(LEASE_MS, signal);
      }
    } finally {
      off();
    }
  }

  /** Calls `listener` after each acknowledgement, connect and disconnect; returns how to stop that. */
  on(listener: () => void): () => void {
    this.#events.add(listener);
    return () => this.#events.delete(listener);
  }

  #heartbeat(): StreamMessage {
    return { type: "heartbeat", version: this.version };
  }

  #next(sent: StreamVersion | undefined): StreamMessage | undefined {
    const version = this.version;
    if (!sent) return { type: "snapshot", version, changes: this.#log.since(0) };
    if (sent.sequence === version.sequence) return undefined;
    return { type: "delta", version, after: sent, changes: this.#log.since(sent.sequence) };
  }

  #isMine(version: StreamVersion): boolean {
    const { history, epoch, sequence } = this.version;
    return version.history === history && version.epoch === epoch && version.sequence <= sequence;
  }

  #isLive(state: Subscriber): boolean {
    return state.connections > 0 || this.#now() - state.lastSeenMs < LEASE_MS;
  }

  #bury(unmentioned: readonly string[]): void {
    const deleted = unmentioned.filter(
      (key) => !this.#log.has(key) && this.#options.isDeleted?.(key) === true,
    );
    this.apply(deleted.map((key) => ({ key, tombstone: true })));
  }

  #connect(name: string): Subscriber {
    const state = this.#subscriber(name);
    state.connections += 1;
    this.#notify();
    return state;
  }

  #subscriber(name: string): Subscriber {
    const known = this.#subscribers.get(name);
    if (known) return known;
    const fresh: Subscriber = {
      gone: new AbortController(),
      connections: 0,
      lastSeenMs: this.#now(),
    };
    this.#subscribers.set(name, fresh);
    return fresh;
  }

  #notify(): void {
    for (const listener of this.#events) listener();
  }
}
