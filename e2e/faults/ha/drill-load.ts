import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** A machine that vanished refuses nothing: whoever does not take the connection by then is not there. */
const CONNECT_MS = 400;
const ATTEMPT_MS = 2_000;
/** A request that no node answers within this time has failed. */
const GIVE_UP_MS = 5_000;
const AVOID_MS = 400;

export interface DrillTarget {
  readonly name: string;
  readonly address: string;
}

export interface DrillSample {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Who answered; undefined for nobody. */
  readonly node: string | undefined;
  readonly epoch: number | undefined;
}

interface Broken {
  readonly node: string;
  readonly atMs: number;
}

/** The first attempt of a request: what it would have been to who tries no other. */
export interface FirstAttempt {
  readonly node: string;
  readonly startedAtMs: number;
  readonly kind: Attempt["kind"];
}

interface Attempt {
  readonly kind: "answered" | "refused" | "broken";
  readonly epoch?: number;
}

/**
 * A client of a service that may be on any of some nodes: it asks where it was answered last, and where that fails the
 * others, as a gateway does with what may be sent twice. Requests start on time whether or not earlier ones were answered.
 */
export class DrillLoad {
  readonly samples: DrillSample[] = [];
  /** Answers that had begun and broke off. */
  readonly broken: Broken[] = [];
  readonly firstAttempts: FirstAttempt[] = [];
  readonly #targets: readonly DrillTarget[];
  readonly #port: number;
  readonly #everyMs: number;
  readonly #isShared: boolean;
  readonly #avoidUntil = new Map<string, number>();
  readonly #stopped = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  #last: string | undefined;
  #loop: Promise<void> = Promise.resolve();

  /** `isShared`: several nodes answer, and each gets its part. */
  constructor(
    targets: readonly DrillTarget[],
    options: { readonly port: number; readonly perSecond: number; readonly isShared: boolean },
  ) {
    this.#targets = targets;
    this.#port = options.port;
    this.#everyMs = 1000 / options.perSecond;
    this.#isShared = options.isShared;
  }

  get last(): DrillSample | undefined {
    return this.samples.at(-1);
  }

  start(): this {
    this.#loop = this.#run();
    return this;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    await Promise.all(this.#pending);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const begin = performance.now();
    for (let n = 0; !signal.aborted; n++) {
      const waitMs = begin + n * this.#everyMs - performance.now();
      if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {});
      const sent = this.#send(n).finally(() => this.#pending.delete(sent));
      this.#pending.add(sent);
    }
  }

  async #send(n: number): Promise<void> {
    const startedAtMs = performance.now();
    let isFirst = true;
    while (performance.now() - startedAtMs < GIVE_UP_MS) {
      for (const target of this.#inOrder(n)) {
        const { kind, epoch } = await this.#ask(target);
        const endedAtMs = performance.now();
        if (isFirst) this.firstAttempts.push({ node: target.name, startedAtMs, kind });
        isFirst = false;
        if (kind === "broken") this.broken.push({ node: target.name, atMs: endedAtMs });
        if (kind !== "answered") continue;
        if (!this.#isShared) this.#last = target.name;
        this.samples.push({ startedAtMs, endedAtMs, node: target.name, epoch });
        return;
      }
      await delay(20);
    }
    this.samples.push({
      startedAtMs,
      endedAtMs: performance.now(),
      node: undefined,
      epoch: undefined,
    });
  }

  #inOrder(n: number): readonly DrillTarget[] {
    const nowMs = performance.now();
    const isGood = ({ name }: DrillTarget) => (this.#avoidUntil.get(name) ?? 0) <= nowMs;
    const first = this.#isShared
      ? n % this.#targets.length
      : this.#targets.findIndex(({ name }) => name === this.#last);
    const turned = this.#targets.map((_, index) =>
      this.#targets.at((index + Math.max(0, first)) % this.#targets.length)!,
    );
    const good = turned.filter(isGood);
    return good.length > 0 ? good : turned;
  }

  #ask({ name, address }: DrillTarget): Promise<Attempt> {
    return new Promise((resolve) => {
      let hasBegun = false;
      const end = (attempt: Attempt): void => {
        if (attempt.kind === "answered") this.#avoidUntil.delete(name);
        else this.#avoidUntil.set(name, performance.now() + AVOID_MS);
        resolve(attempt);
      };
      const outgoing = request({
        host: address,
        port: this.#port,
        agent: false,
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      const failed = (): void => end({ kind: hasBegun ? "broken" : "refused" });
      outgoing.once("error", failed);
      outgoing.once("socket", (socket) => {
        const timer = setTimeout(() => outgoing.destroy(new Error("not there")), CONNECT_MS);
        socket.once("connect", () => clearTimeout(timer));
        socket.once("close", () => clearTimeout(timer));
      });
      outgoing.once("response", (response) => {
        hasBegun = true;
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => (body += text));
        response.once("error", failed);
        response.once("end", () => {
          // It ended before its length: the one that answered has died.
          if (!response.complete || body === "") return failed();
          const { epoch } = JSON.parse(body) as { epoch?: number };
          end({ kind: "answered", ...(epoch === undefined ? {} : { epoch }) });
        });
      });
      outgoing.end();
    });
  }
}

/** The longest time without an answer, among the requests that began from then on, in milliseconds. */
export function longestSilence(
  samples: readonly DrillSample[],
  fromMs: number,
  toMs: number,
): number {
  const answered = samples
    .filter(({ node, endedAtMs }) => node !== undefined && endedAtMs >= fromMs && endedAtMs <= toMs)
    .map(({ endedAtMs }) => endedAtMs)
    .toSorted((a, b) => a - b);
  const all = [fromMs, ...answered, toMs];
  return Math.max(...all.slice(1).map((at, index) => at - (all[index] ?? at)));
}
