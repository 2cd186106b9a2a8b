import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HaGroup } from "@bastide/contracts";
import { writeAtomically } from "../disk/atomic-file.ts";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import { livingOwner } from "../lock/directory-lock.ts";

const PROGRAM = fileURLToPath(new URL(`../guard/main${extname(import.meta.url)}`, import.meta.url));
const LOOK_EVERY_MS = 500;
const STOP_MS = 40_000;

/**
 * Keeps this node's guard running, a process of its own: it holds leases and the programs under them, and goes on when
 * the agent dies, is frozen or is replaced. What it is to do reaches it by a file, so that it has that after any end.
 */
export class GuardKeeper {
  readonly #directory: string;
  readonly #journal: Journal;
  #timer: NodeJS.Timeout | undefined;
  #startedMs = Number.NEGATIVE_INFINITY;
  /** What is not on the disk yet. */
  #untold: HaGroup | undefined;
  #telling: Promise<void> = Promise.resolve();
  #lastReason = "";
  /** What this agent started and has not heard to have ended: it is this node's guard, or waits to become that. */
  #child: ChildProcess | undefined;

  constructor(agentDirectory: string, journal: Journal) {
    this.#directory = join(agentDirectory, "guard");
    this.#journal = journal;
  }

  start(): void {
    this.#look();
    this.#timer = setInterval(() => {
      if (this.#untold === undefined) this.#look();
      else void this.#tell();
    }, LOOK_EVERY_MS);
  }

  /**
   * Resolves when it was tried: what a full disk does not take is reported, and tried again until it does. Nothing is
   * written while there is nothing to guard, and then no guard runs.
   */
  apply(group: HaGroup): Promise<void> {
    this.#untold = group;
    return this.#tell();
  }

  /** One after the other: the last that was told stays. */
  #tell(): Promise<void> {
    this.#telling = this.#telling.then(() => this.#tellOnce());
    return this.#telling;
  }

  async #tellOnce(): Promise<void> {
    const group = this.#untold;
    if (group === undefined) return;
    try {
      await this.#write(group);
      if (this.#untold === group) this.#untold = undefined;
      this.#lastReason = "";
      this.#look();
    } catch (error) {
      this.#report(reasonOf(error));
    }
  }

  async #write(group: HaGroup): Promise<void> {
    if (group.services.length === 0 && !existsSync(this.#file)) return;
    await mkdir(this.#directory, { recursive: true, mode: 0o711 });
    await writeAtomically(this.#file, `${JSON.stringify(group)}\n`);
  }

  /** Each reason once: it is tried twice a second. */
  #report(reason: string): void {
    if (reason === this.#lastReason) return;
    this.#lastReason = reason;
    this.#journal.error(
      "the guard goes by what it was told before: the new cannot be written; free space, or make its directory writable",
      { directory: this.#directory, reason },
    );
  }

  /** Leaves the guard running, for the next agent. */
  leave(): void {
    clearInterval(this.#timer);
  }

  /** Resolves when the guard has stopped what it ran, and is gone. */
  async stop(): Promise<void> {
    this.leave();
    const deadline = performance.now() + STOP_MS;
    const told = new Set<number>();
    for (let pid = this.#pid; pid !== undefined; pid = this.#pid) {
      if (!told.has(pid)) signal(pid, "SIGTERM");
      told.add(pid);
      if (performance.now() > deadline) {
        this.#journal.error("the guard did not end in time and is killed", { pid });
        signal(pid, "SIGKILL");
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get #pid(): number | undefined {
    return livingOwner(this.#directory) ?? this.#child?.pid;
  }

  get #file(): string {
    return join(this.#directory, "group.json");
  }

  #look(): void {
    const isYoung = performance.now() - this.#startedMs < LOOK_EVERY_MS * 4;
    if (isYoung || !existsSync(this.#file) || this.#pid !== undefined) return;
    this.#startedMs = performance.now();
    try {
      this.#launch();
    } catch (error) {
      this.#journal.error("the guard cannot be started", { reason: reasonOf(error) });
    }
  }

  #launch(): void {
    const log = openSync(join(this.#directory, "guard.log"), "a", 0o640);
    const guard = spawn(process.execPath, ["--max-semi-space-size=2", PROGRAM], {
      cwd: "/",
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    this.#child = guard;
    guard.once("error", (error) => {
      this.#child = undefined;
      this.#journal.error("the guard cannot be started", { reason: error.message });
    });
    guard.once("exit", (code, name) => {
      this.#child = undefined;
      this.#journal.warn("the guard has ended", { code, signal: name });
    });
    guard.unref();
    this.#journal.info("the guard starts", { pid: guard.pid });
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended since it was looked for.
  }
}
