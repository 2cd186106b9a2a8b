import { type ChildProcess, spawn } from "node:child_process";
import type { BoundSocket } from "./bind.ts";

export type ListenerKind = "http" | "https";

/** One address and port that was asked for, as a program gets it: its descriptor, or why there is none. */
export interface Listener {
  readonly kind: ListenerKind;
  readonly host: string;
  readonly port: number;
  readonly fd?: number;
  readonly error?: string;
}

export type Held = Omit<Listener, "fd"> & { readonly socket?: BoundSocket };

/** Standard streams, and the channel to us. */
const FIRST_DESCRIPTOR = 4;

/**
 * Starts the program, and its successors; the first process of a gateway, and the only one that is never replaced. It
 * holds the listening sockets for all of them, so that no connection is refused while one program follows another, and
 * knows nothing else.
 *
 * A program tells it `ready` when it serves (then it is the one in charge, and its predecessor ends by itself when it
 * has nothing left to do) and `upgrade` when a successor is wanted, and is told `successor-failed`.
 */
export class Launcher {
  readonly #program: string;
  readonly #held: readonly Held[];
  readonly #running = new Set<ChildProcess>();
  readonly #wereReady = new WeakSet<ChildProcess>();
  #current: ChildProcess | undefined;
  #successor: ChildProcess | undefined;
  /** Asked for before the program in charge had said that it is ready. */
  #isUpgradeWanted = false;
  #isEnding = false;

  constructor(program: string, held: readonly Held[]) {
    this.#program = program;
    this.#held = held;
  }

  start(): void {
    this.#current = this.#spawn();
  }

  upgrade(): void {
    const isServing = this.#current !== undefined && this.#wereReady.has(this.#current);
    this.#isUpgradeWanted = !isServing;
    if (isServing && !this.#isEnding) this.#successor ??= this.#spawn({ BASTIDE_SUCCESSOR: "1" });
  }

  /** Tells the program in charge that what it follows has changed. */
  reload(): void {
    this.#current?.kill("SIGHUP");
  }

  /** From now on connections are refused, and every program ends as the signal asks it to. */
  end(signal: NodeJS.Signals): void {
    this.#isEnding = true;
    for (const { socket } of this.#held) socket?.close();
    for (const child of this.#running) child.kill(signal);
  }

  #spawn(role: Record<string, string> = {}): ChildProcess {
    const sockets = this.#held.flatMap(({ socket }) => socket ?? []);
    const listeners = this.#held.map(({ socket, ...rest }): Listener =>
      socket ? { ...rest, fd: FIRST_DESCRIPTOR + sockets.indexOf(socket) } : rest,
    );
    const child = spawn(process.execPath, [...process.execArgv, this.#program], {
      stdio: ["ignore", "inherit", "inherit", "ipc", ...sockets.map(({ fd }) => fd)],
      env: { ...process.env, ...role, BASTIDE_LISTENERS: JSON.stringify(listeners) },
    });
    this.#running.add(child);
    child.on("message", (message) => this.#told(child, message));
    child.once("error", () => this.#ended(child, 1));
    child.once("exit", (code) => this.#ended(child, code ?? (this.#isEnding ? 0 : 1)));
    return child;
  }

  #told(child: ChildProcess, message: unknown): void {
    if (message === "upgrade" && child === this.#current) this.upgrade();
    if (message !== "ready") return;
    this.#wereReady.add(child);
    if (child === this.#successor) {
      this.#current = child;
      this.#successor = undefined;
    } else if (this.#isUpgradeWanted) this.upgrade();
  }

  /** A program that was ready is started again at once; one that never was ends the gateway with its code. */
  #ended(child: ChildProcess, code: number): void {
    if (!this.#running.delete(child)) return;
    if (child === this.#successor) this.#successorFailed();
    else if (child === this.#current && !this.#isEnding) this.#replace(child);
    if (child === this.#current) process.exitCode = code;
    if (this.#running.size === 0) process.exit();
  }

  #successorFailed(): void {
    this.#successor = undefined;
    if (this.#current?.connected === true) this.#current.send("successor-failed");
  }

  /** A successor that was on its way is in charge now; should it end for want of somebody to follow, there is another. */
  #replace(child: ChildProcess): void {
    if (!this.#wereReady.has(child)) return this.end("SIGTERM");
    this.#current = this.#successor ?? this.#spawn({ BASTIDE_AGAIN: "1" });
    if (this.#successor) this.#wereReady.add(this.#successor);
    this.#successor = undefined;
  }
}
