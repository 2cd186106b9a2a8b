import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import { homeOf } from "../instances/instance-home.ts";
import { InstanceLog, type TimedLine } from "./instance-log.ts";
import { merge } from "./merge.ts";

const TEND_MS = 1000;
/** What a crash report shows. */
const LAST_LINES = 50;
const MAX_REPORTED_CHARACTERS = 500;

interface LogPair {
  readonly stdout: InstanceLog;
  readonly stderr: InstanceLog;
}

const byTime = (a: TimedLine, b: TimedLine): number => a.atMs - b.atMs;

/** The logs of every instance of this node. */
export class InstanceLogs {
  readonly #directory: string;
  readonly #journal: Journal;
  readonly #pairs = new Map<string, LogPair>();
  #isStopped = false;

  /** `directory`: the one of all instances. */
  constructor(directory: string, journal: Journal) {
    this.#directory = directory;
    this.#journal = journal;
  }

  /** Tends the logs of these instances from now on. */
  start(ids: () => readonly string[]): void {
    const later = (): void => {
      if (this.#isStopped) return;
      setTimeout(() => void this.#tend(ids()).finally(later), TEND_MS).unref();
    };
    later();
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** The last lines of both streams, then, if `follow`, every line until the signal is aborted. */
  async *read(
    id: string,
    { tail, follow }: { readonly tail: number; readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<TimedLine> {
    const { stdout, stderr } = this.#pair(id);
    const [out, err] = await Promise.all([stdout.tail(tail), stderr.tail(tail)]);
    if (tail > 0) yield* [...out.lines, ...err.lines].toSorted(byTime).slice(-tail);
    if (follow) yield* merge([stdout.follow(out.end, signal), stderr.follow(err.end, signal)]);
  }

  /** For a crash report; none when they cannot be read. */
  async lastLines(id: string): Promise<string[]> {
    const lines: string[] = [];
    try {
      const range = { tail: LAST_LINES, follow: false };
      for await (const { text } of this.read(id, range, AbortSignal.timeout(1000)))
        lines.push(text.slice(0, MAX_REPORTED_CHARACTERS));
    } catch (error) {
      this.#journal.warn("an instance's log cannot be read", {
        instance: id,
        reason: reasonOf(error),
      });
    }
    return lines;
  }

  async #tend(ids: readonly string[]): Promise<void> {
    const present = new Set(ids);
    for (const id of this.#pairs.keys()) if (!present.has(id)) this.#pairs.delete(id);
    for (const id of ids) {
      const { stdout, stderr } = this.#pair(id);
      await Promise.all([stdout.tend(), stderr.tend()]).catch((error: unknown) =>
        this.#journal.warn("an instance's log cannot be tended", {
          instance: id,
          reason: reasonOf(error),
        }),
      );
    }
  }

  #pair(id: string): LogPair {
    const known = this.#pairs.get(id);
    if (known) return known;
    const home = homeOf(this.#directory, id);
    const pair = {
      stdout: new InstanceLog(home.stdout, "stdout"),
      stderr: new InstanceLog(home.stderr, "stderr"),
    };
    this.#pairs.set(id, pair);
    return pair;
  }
}
