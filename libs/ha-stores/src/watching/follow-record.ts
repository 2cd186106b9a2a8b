import { setTimeout as sleep } from "node:timers/promises";
import { type LeaseRecord, LeaseStoreUnavailable } from "@bastide/ha";
import { Bell } from "./bell.ts";

export interface Look {
  readonly record: LeaseRecord | undefined;
  /** After which time the record changes though nobody writes, as the store sees it. */
  readonly endsInMs?: number;
}

/** A store that can be looked at, and that calls when there is something to be seen. */
export interface RecordSource {
  /** The present record; throws LeaseStoreUnavailable. */
  look(signal: AbortSignal): Promise<Look>;
  /**
   * Rings once it listens and after each change since; settles when it listens no longer or `signal` aborts. It is
   * aborted and called anew when a change was found that it did not ring for.
   */
  listen(ring: () => void, signal: AbortSignal): Promise<void>;
}

const FIRST_PAUSE_MS = 100;

const isSame = (a: LeaseRecord | undefined, b: LeaseRecord | undefined): boolean =>
  a?.epoch === b?.epoch && a?.holder === b?.holder;

const nextLookInMs = ({ endsInMs }: Look, rereadMs: number): number =>
  endsInMs === undefined ? rereadMs : Math.min(rereadMs, Math.max(1, Math.ceil(endsInMs)));

/** A change that nobody had to call for: the lease's time was up. */
const isDue = (before: Look, after: Look): boolean =>
  before.endsInMs !== undefined && after.record?.holder === undefined;

/**
 * The present record and each later one that is found. Calls only say when to look: what is yielded was always read,
 * so that a call that was lost, a stream that was cut, compacted away or gone deaf costs time (`rereadMs` at most) and
 * never the truth. The first look throws LeaseStoreUnavailable; later ones are tried again until `signal` aborts.
 */
export async function* followRecord(
  source: RecordSource,
  rereadMs: number,
  signal: AbortSignal,
): AsyncGenerator<LeaseRecord | undefined, void, undefined> {
  if (signal.aborted) return;
  const bell = new Bell();
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  let shown = await looked(source, until);
  if (shown === undefined) return;
  const listener = new Listener(source, bell, rereadMs);
  const listening = listener.run(until);
  try {
    yield shown.record;
    while (!signal.aborted) {
      const wasRung = await bell.wait(nextLookInMs(shown, rereadMs), until);
      const look = await looked(source, until, shown);
      if (look === undefined) return;
      const isNews = !isSame(look.record, shown.record);
      if (isNews && !wasRung && !isDue(shown, look)) listener.restart();
      shown = look;
      if (isNews) yield look.record;
    }
  } finally {
    stop.abort();
    await listening;
  }
}

/** Undefined when the signal aborted meanwhile; `otherwise` when the store is away. */
async function looked(
  source: RecordSource,
  signal: AbortSignal,
  otherwise?: Look,
): Promise<Look | undefined> {
  try {
    return await source.look(signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    if (otherwise === undefined || !(error instanceof LeaseStoreUnavailable)) throw error;
    // What should have happened by itself by now is looked for again at the usual time.
    return { record: otherwise.record };
  }
}

/** Listens again each time that listening ended, after a pause that grows. */
class Listener {
  readonly #source: RecordSource;
  readonly #bell: Bell;
  readonly #maxPauseMs: number;
  #round = new AbortController();

  constructor(source: RecordSource, bell: Bell, maxPauseMs: number) {
    this.#source = source;
    this.#bell = bell;
    this.#maxPauseMs = maxPauseMs;
  }

  restart(): void {
    this.#round.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      this.#round = new AbortController();
      const until = AbortSignal.any([signal, this.#round.signal]);
      const ring = () => {
        pauseMs = FIRST_PAUSE_MS;
        this.#bell.ring();
      };
      // Why it ended does not matter: looking goes on and says so when the store is away.
      await this.#source.listen(ring, until).catch(() => undefined);
      await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(
        () => undefined,
      );
      pauseMs = Math.min(this.#maxPauseMs, pauseMs * 2);
    }
  }
}
