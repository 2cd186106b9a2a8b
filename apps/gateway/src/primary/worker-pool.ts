import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { performance } from "node:perf_hooks";
import type { Route } from "@bastide/contracts";
import { Freshness } from "../authorization/freshness.ts";
import { type Entry, isRoute } from "../control/entry.ts";
import type { MetricsIncrement } from "../observe/metrics.ts";
import { type EntryChanges, type FromWorker, PROTOCOL, type Question } from "../worker/messages.ts";
import { restartDelayMs } from "./restart-delay.ts";
import { Sequence } from "./sequence.ts";
import {
  type WorkerLaunch,
  WorkerProcess,
  WorkerSilent,
  type WorkerState,
  type WorkerUser,
} from "./worker-process.ts";

/** A worker that has not answered by then does not serve either: it is killed and replaced. */
const DEADLINE_MS = { table: 10_000, start: 30_000, question: 2_000 };

/** A worker disagrees with a change of the table: it is none. */
export class TableRefused extends Error {
  override readonly name = "TableRefused";
}

export type PoolEvent =
  | { readonly type: "worker-started"; readonly worker: number; readonly pid: number }
  | { readonly type: "worker-retiring"; readonly worker: number; readonly pid: number }
  | { readonly type: "worker-ended"; readonly worker: number; readonly pid: number }
  | { readonly type: "worker-died"; readonly worker: number; readonly pid: number }
  | {
      readonly type: "worker-killed";
      readonly worker: number;
      readonly pid: number;
      readonly reason: string;
    };

export interface PoolUser {
  onEvent(event: PoolEvent): void;
  /** What a worker is busy with has changed. */
  onBusy(): void;
  /** A worker was asked for the metrics of all. */
  metrics(): Promise<unknown>;
  /** What a worker had counted that ends. */
  onLastMetrics(increment: MetricsIncrement): void;
  /** The program on the disk is of another version than this one. */
  onStranger(): void;
}

/** All workers of one primary: each has the whole table, and one that dies, hangs or disagrees is replaced. */
export class WorkerPool {
  readonly #count: number;
  readonly #launch: WorkerLaunch;
  readonly #user: PoolUser;
  readonly #workers = new Set<WorkerProcess>();
  readonly #entries = new Map<string, Entry>();
  readonly #routes = new Map<string, Route>();
  readonly #freshness = new Freshness(() => performance.now(), Date.now);
  readonly #replacing = new Sequence();
  readonly #events = new EventEmitter();
  readonly #lives: number[] = [];
  #hasTable = false;
  #isAccepting = false;
  #isControlConnected = false;
  #isLame = false;
  #isClosing = false;
  #deaths = 0;
  #listenProblem: string | undefined;
  #last = 0;

  constructor(count: number, launch: WorkerLaunch, user: PoolUser) {
    this.#count = count;
    this.#launch = launch;
    this.#user = user;
    this.#events.setMaxListeners(0);
  }

  get workers(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  /** What was put into force last. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  /** The routes among it. */
  get routes(): ReadonlyMap<string, Route> {
    return this.#routes;
  }

  /** Instances that left the table and still have requests, at any worker. */
  get busy(): string[] {
    return [...new Set(this.workers.flatMap(({ busy }) => busy))];
  }

  /** Starts the workers, of which `first` runs already; they take no connection before `accept`. */
  start(first: ChildProcess): void {
    this.#spawn(first);
    for (let i = 1; i < this.#count; i++) this.#spawn();
  }

  /** Resolves when every worker takes connections. Throws with the reason when one cannot. */
  async accept(): Promise<void> {
    this.#isAccepting = true;
    for (const worker of this.#workers) if (worker.isFed) worker.send({ type: "accept" });
    await this.#until(
      () => this.#listenProblem !== undefined || this.#serving().length >= this.#count,
    );
    if (this.#listenProblem !== undefined) throw new Error(this.#listenProblem);
  }

  /**
   * Puts changes into force at every worker that serves. One worker is asked first: if it refuses, no other hears of it
   * and TableRefused is thrown. Callers wait for one change before they come with the next.
   */
  async apply(changes: EntryChanges): Promise<void> {
    const first = await this.#applyFirst(changes);
    this.#keep(changes);
    this.#hasTable = true;
    const others = this.workers.filter((worker) => worker !== first && worker.isFed);
    const told = others.map(async (worker) => {
      const answer = await this.#ordered(worker, changes, false);
      if (answer?.type === "refused") this.#kill(worker, answer.reason);
    });
    // One that takes no connections yet hears `accept` only after this change.
    await Promise.all(told.filter((_, i) => others[i]?.state !== "starting"));
  }

  controlIs(isConnected: boolean): void {
    this.#isControlConnected = isConnected;
    for (const worker of this.#workers) worker.send({ type: "control", isConnected });
  }

  /** The control plane was heard of so long ago. */
  heard(agoMs: number): void {
    this.#freshness.heard(agoMs);
    for (const worker of this.#workers) this.#tellFreshness(worker);
  }

  get isLame(): boolean {
    return this.#isLame;
  }

  get deaths(): number {
    return this.#deaths;
  }

  /** Whether clients are asked to go to another gateway; those that stay are served. */
  lame(isLame: boolean): void {
    this.#isLame = isLame;
    for (const worker of this.#workers) worker.send({ type: "drain", isLame });
  }

  /** Resolves when every worker is there, and none takes connections yet. */
  async booted(): Promise<void> {
    await this.#until(() => this.workers.filter(({ isFed }) => isFed).length >= this.#count);
  }

  /** Replaces one worker after the other: the next one serves before the one before it is told to end. */
  replace(deadlineMs: number): Promise<number> {
    return this.#replacing.run(async () => {
      const old = this.#serving();
      for (const worker of old) {
        const next = this.#spawn();
        await this.#until(() => next.state === "serving" || next.isGone);
        if (next.isGone)
          throw new Error("the worker that should take over has died; the one before it serves on");
        this.#retire(worker, deadlineMs);
      }
      return old.length;
    });
  }

  /** No worker takes a new connection any more, and none is replaced. Resolves when all have ended. */
  async retire(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    for (const worker of this.#workers)
      if (worker.state === "serving") this.#retire(worker, deadlineMs);
      else if (worker.state === "starting") worker.kill();
    await this.#ended(deadlineMs);
  }

  /** The same, with idle connections closed. */
  async stop(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    for (const worker of this.#workers)
      if (worker.state === "starting") worker.kill();
      else worker.send({ type: "stop", deadlineMs });
    await this.#ended(deadlineMs);
  }

  /** What each worker answers; one that does not is left out. */
  async ask(question: Question): Promise<readonly { worker: WorkerProcess; value: unknown }[]> {
    const fed = this.workers.filter(({ isFed }) => isFed);
    const answers = fed.map(async (worker) => {
      const value = await worker.ask(question, DEADLINE_MS.question).catch(() => undefined);
      return { worker, value };
    });
    return (await Promise.all(answers)).filter(({ value }) => value !== undefined);
  }

  #keep(changes: EntryChanges): void {
    for (const [key, entry] of changes) {
      this.#entries.delete(key);
      this.#routes.delete(key);
      if (entry) this.#entries.set(key, entry);
      if (entry && isRoute(entry)) this.#routes.set(key, entry);
    }
  }

  #tellFreshness(worker: WorkerProcess): void {
    const { silentMs } = this.#freshness;
    if (silentMs !== Infinity) worker.send({ type: "heard", agoMs: silentMs });
  }

  /** Undefined when all have ended, and none will come. */
  async #applyFirst(changes: EntryChanges): Promise<WorkerProcess | undefined> {
    for (;;) {
      const first = this.#mostLasting();
      if (!first) {
        if (this.#isClosing) return undefined;
        await once(this.#events, "change");
        continue;
      }
      const answer = await this.#ordered(first, changes, false);
      if (answer?.type === "refused") throw new TableRefused(answer.reason);
      if (answer) return first;
    }
  }

  #mostLasting(): WorkerProcess | undefined {
    const fed = this.workers.filter(({ isFed }) => isFed);
    const order: readonly WorkerState[] = this.#isClosing ? ["retiring"] : ["serving", "starting"];
    return order.map((wanted) => fed.find(({ state }) => state === wanted)).find(Boolean);
  }

  /** Undefined when the worker did not answer, and is killed for it. */
  async #ordered(
    worker: WorkerProcess,
    changes: EntryChanges,
    isWhole: boolean,
  ): Promise<FromWorker | undefined> {
    try {
      return await worker.table(changes, isWhole, DEADLINE_MS.table);
    } catch (cause) {
      if (!(cause instanceof WorkerSilent)) throw cause;
      if (!worker.isGone) this.#kill(worker, cause.message);
      return undefined;
    }
  }

  #serving(): WorkerProcess[] {
    return this.workers.filter(({ state }) => state === "serving");
  }

  #spawn(child?: ChildProcess): WorkerProcess {
    const user: WorkerUser = {
      onMessage: (_, message) => this.#take(worker, message),
      onExit: () => this.#exited(worker),
    };
    const worker = new WorkerProcess(++this.#last, this.#launch, user, child);
    this.#workers.add(worker);
    const late = setTimeout(() => {
      if (worker.state === "starting") this.#kill(worker, "it did not start in time");
    }, DEADLINE_MS.start);
    late.unref();
    return worker;
  }

  #take(worker: WorkerProcess, message: FromWorker): void {
    if (message.type === "booted") void this.#booted(worker, message.protocol);
    if (message.type === "listening") this.#listening(worker);
    if (message.type === "cannot-listen") this.#cannotListen(worker, message.reason);
    if (message.type === "busy") this.#user.onBusy();
    if (message.type === "last-metrics") this.#user.onLastMetrics(message.increment);
    if (message.type === "ask")
      void this.#user
        .metrics()
        .then((value) => worker.send({ type: "answer", id: message.id, value }));
  }

  /** Gives a new worker the table as it is now; every later change follows on the same channel. */
  async #booted(worker: WorkerProcess, protocol: number): Promise<void> {
    if (protocol !== PROTOCOL) {
      this.#kill(worker, "the program on the disk is of another version");
      return this.#user.onStranger();
    }
    worker.begin();
    worker.send({ type: "control", isConnected: this.#isControlConnected });
    this.#tellFreshness(worker);
    if (this.#isLame) worker.send({ type: "drain", isLame: true });
    worker.isFed = true;
    this.#changed();
    if (this.#hasTable) {
      const answer = await this.#ordered(worker, [...this.#entries], true);
      if (answer?.type === "refused") return this.#kill(worker, answer.reason);
      if (!answer) return;
    }
    if (this.#isAccepting) worker.send({ type: "accept" });
  }

  #listening(worker: WorkerProcess): void {
    if (worker.state === "starting") worker.state = "serving";
    this.#user.onEvent({ type: "worker-started", ...named(worker) });
    this.#changed();
  }

  #cannotListen(worker: WorkerProcess, reason: string): void {
    this.#listenProblem = reason;
    this.#kill(worker, reason);
  }

  #retire(worker: WorkerProcess, deadlineMs: number): void {
    worker.state = "retiring";
    worker.send({ type: "retire", deadlineMs });
    this.#user.onEvent({ type: "worker-retiring", ...named(worker) });
  }

  #kill(worker: WorkerProcess, reason: string): void {
    this.#user.onEvent({ type: "worker-killed", ...named(worker), reason });
    worker.kill();
  }

  /** A worker that does not end when it should is killed. */
  async #ended(deadlineMs: number): Promise<void> {
    const late = setTimeout(() => {
      for (const worker of this.#workers) worker.kill();
    }, deadlineMs + DEADLINE_MS.question);
    await Promise.all(this.workers.map((worker) => worker.exited()));
    clearTimeout(late);
  }

  #exited(worker: WorkerProcess): void {
    this.#workers.delete(worker);
    const wasWanted = worker.state !== "retiring" && !this.#isClosing;
    this.#user.onEvent({ type: wasWanted ? "worker-died" : "worker-ended", ...named(worker) });
    if (worker.busy.length > 0) this.#user.onBusy();
    this.#changed();
    if (wasWanted) this.#deaths += 1;
    if (wasWanted) void this.#fill(Date.now() - worker.startedAt.getTime());
  }

  async #fill(livedMs: number): Promise<void> {
    this.#lives.push(livedMs);
    this.#lives.splice(0, this.#lives.length - 16);
    await delay(restartDelayMs(this.#lives));
    const wanted = this.workers.filter(({ state }) => state !== "retiring").length;
    if (!this.#isClosing && wanted < this.#count) this.#spawn();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#events, "change");
  }

  #changed(): void {
    this.#events.emit("change");
  }
}

const named = ({ number, pid }: WorkerProcess): { worker: number; pid: number } => ({
  worker: number,
  pid,
});
