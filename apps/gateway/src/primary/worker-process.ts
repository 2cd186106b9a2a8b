import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Descriptor } from "../server/fronts.ts";
import {
  type FromWorker,
  type Question,
  readFromWorker,
  type ToWorker,
  type WorkerSettings,
} from "../worker/messages.ts";
import { FIRST_DESCRIPTOR, startWorker } from "./start-worker.ts";

export type WorkerState = "starting" | "serving" | "retiring";

export interface WorkerLaunch extends Omit<WorkerSettings, "descriptors"> {
  /** The file to run. */
  readonly program: string;
  /** Descriptors of listening sockets in this process. */
  readonly sockets: readonly Descriptor[];
}

export interface WorkerUser {
  onMessage(worker: WorkerProcess, message: FromWorker): void;
  onExit(worker: WorkerProcess): void;
}

/** How a request to a worker can fail: it did not answer in time, or it is gone. */
export class WorkerSilent extends Error {
  override readonly name = "WorkerSilent";
}

/** One worker as its primary sees it. */
export class WorkerProcess {
  readonly startedAt = new Date();
  state: WorkerState = "starting";
  /** It was told the table, so that it is told every change of it as well. */
  isFed = false;
  /** Instances that left the table and to which it still has requests. */
  busy: readonly string[] = [];
  readonly number: number;
  readonly #settings: WorkerSettings;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (message: FromWorker) => void>();
  #asked = 0;
  #hasBegun = false;
  #isOver = false;

  /** `child`: one that was started already. */
  constructor(
    number: number,
    { program, sockets, ...settings }: WorkerLaunch,
    user: WorkerUser,
    child: ChildProcess = startWorker(program, sockets),
  ) {
    this.number = number;
    const descriptors = sockets.map(({ kind }, i) => ({ kind, fd: FIRST_DESCRIPTOR + i }));
    this.#settings = { ...settings, descriptors };
    this.#child = child;
    child.on("message", (raw) => this.#take(readFromWorker(raw), user));
    // Either of the two says that it is gone; a failed start says only "error".
    child.once("error", () => this.#gone(user));
    child.once("exit", () => this.#gone(user));
    // Or nothing does any more.
    if (!child.connected) setImmediate(() => this.#gone(user));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isGone(): boolean {
    return this.#isOver || !this.#child.connected;
  }

  /** Tells one that is there what to do and how. */
  begin(): void {
    this.#hasBegun = true;
    if (this.#child.connected) this.#child.send(this.#settings, () => {});
  }

  /** One that has not begun is told nothing: how things stand it hears when it does. */
  send(message: ToWorker): void {
    if (this.#hasBegun && this.#child.connected) this.#child.send(message, () => {});
  }

  /** Throws WorkerSilent when it does not answer in time, or is gone. */
  table(
    changes: Extract<ToWorker, { type: "table" }>["changes"],
    whole: boolean,
    deadlineMs: number,
  ): Promise<FromWorker> {
    const id = ++this.#asked;
    return this.#request(id, { type: "table", id, whole, changes }, deadlineMs);
  }

  async ask(question: Question, deadlineMs: number): Promise<unknown> {
    const id = ++this.#asked;
    const message = await this.#request(id, { type: "ask", id, question }, deadlineMs);
    return message.type === "answer" ? message.value : undefined;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async exited(): Promise<void> {
    if (!this.#isOver) await once(this.#child, "exit");
  }

  #request(id: number, message: ToWorker, deadlineMs: number): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      const silent = (): void => {
        this.#waiting.delete(id);
        reject(new WorkerSilent(`worker ${this.number} (process ${this.pid}) does not answer`));
      };
      const timer = setTimeout(silent, deadlineMs);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (answer === GONE) silent();
        else resolve(answer);
      });
      this.send(message);
      if (this.isGone) this.#waiting.get(id)?.(GONE);
    });
  }

  #take(message: FromWorker, user: WorkerUser): void {
    if (message.type === "applied" || message.type === "busy") this.busy = message.busy;
    if ("id" in message && message.type !== "ask") this.#waiting.get(message.id)?.(message);
    else user.onMessage(this, message);
  }

  #gone(user: WorkerUser): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const settle of this.#waiting.values()) settle(GONE);
    user.onExit(this);
  }
}

/** Stands for an answer that will not come. */
const GONE: FromWorker = { type: "answer", id: 0, value: undefined };
