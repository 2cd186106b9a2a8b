import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, closeSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ResourceState } from "@bastide/ha";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import { LineSplitter } from "./lines.ts";
import { NOBODY, programCommand, type ProgramSettings } from "./program-command.ts";
import { Seldom } from "./seldom.ts";
import { parseWardenWord, type WardenOrder, type WardenWord } from "./warden-order.ts";

const WARDEN = fileURLToPath(new URL(`./warden${extname(import.meta.url)}`, import.meta.url));
const READY_EVERY_MS = 25;
const READY_TIMEOUT_MS = 10_000;
/** Between wardens that wait and end unasked; it doubles, so that one that cannot run costs the machine nothing. */
const PAUSE_MS = { first: 250, most: 30_000 };
export interface ProcessSettings extends ProgramSettings {
  readonly service: string;
  readonly journal: Journal;
  readonly onChange: () => void;
}

/**
 * One program of a service, the child of a warden, which is the child of this guard: where either dies the program does,
 * and where neither is awake the witness of what it protects has the last word.
 */
export class ProcessResource {
  readonly #settings: ProcessSettings;
  readonly #seldom: Seldom;
  #warden: ChildProcess | undefined;
  /** One that waits for its order, so that a takeover need not wait for it. */
  #spare: ChildProcess | undefined;
  #pauseMs = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #pid: number | undefined;
  #state: ResourceState = "stopped";
  #epoch: number | undefined;

  constructor(settings: ProcessSettings) {
    this.#settings = settings;
    this.#seldom = new Seldom(settings.journal);
  }

  get state(): ResourceState {
    return this.#state;
  }

  get epoch(): number | undefined {
    return this.#epoch;
  }

  /** What the program and its warden say. */
  get log(): string {
    return join(this.#settings.directory, "log");
  }

  /** For what another node may have to give up at any moment: half of the time that a start takes. */
  prepare(): void {
    if (this.#spare !== undefined || this.#warden !== undefined) return;
    if (performance.now() < this.#pausedUntilMs) return;
    try {
      this.#prepareDirectory();
      this.#spare = this.#spawn();
    } catch (error) {
      this.#pause(reasonOf(error));
    }
  }

  /** Ends what waits. */
  release(): void {
    this.#spare?.stdin?.end();
    this.#spare = undefined;
  }

  #pause(reason: string): void {
    this.#pauseMs = Math.min(Math.max(PAUSE_MS.first, this.#pauseMs * 2), PAUSE_MS.most);
    this.#pausedUntilMs = performance.now() + this.#pauseMs;
    this.#seldom.warn("no warden waits for a service, so that a takeover takes longer", {
      service: this.#settings.service,
      reason,
      againInMs: this.#pauseMs,
    });
  }

  /** `untilMs`: when it has to be dead unless `extend` says otherwise; undefined for what needs no lease. */
  start(epoch: number | undefined, untilMs: number | undefined): void {
    if (this.#warden !== undefined) return;
    const { service, spec, directory, journal } = this.#settings;
    this.#enter("starting");
    try {
      this.#prepareDirectory();
      if (epoch !== undefined) this.#writeEpoch(epoch);
      const warden = this.#spare ?? this.#spawn();
      if (this.#spare !== undefined) this.#pauseMs = 0;
      this.#spare = undefined;
      this.#warden = warden;
      this.#tell({
        kind: "run",
        ...programCommand(this.#settings, warden.pid ?? 0),
        ...(untilMs === undefined ? {} : { untilMs }),
      });
      void this.#awaitReady(warden);
      journal.info("a service's program starts", { service, resource: spec.name, epoch });
    } catch (error) {
      journal.error("a service's program cannot be started", {
        service,
        directory,
        error: String(error),
      });
      this.#enter("failed");
    }
  }

  extend(untilMs: number): void {
    this.#tell({ kind: "until", untilMs });
  }

  /** What runs goes on under a newer epoch; under the one it has, where the disk is full. */
  adopt(epoch: number): void {
    try {
      this.#writeEpoch(epoch);
    } catch (error) {
      this.#seldom.warn(
        "a service's program cannot be told its epoch, and what it writes is refused",
        { service: this.#settings.service, reason: reasonOf(error) },
      );
    }
  }

  /** The program reads its epoch from this file before each write to what is protected. */
  #writeEpoch(epoch: number): void {
    const file = join(this.#settings.directory, "epoch");
    writeFileSync(`${file}.new`, `${epoch}\n`, { mode: 0o644 });
    renameSync(`${file}.new`, file);
    this.#epoch = epoch;
    this.#settings.onChange();
  }

  stop(): void {
    if (this.#warden === undefined) return this.#enter("stopped");
    this.#enter("stopping");
    this.#tell({ kind: "stop", graceMs: this.#settings.spec.stopGraceMs });
  }

  /** The guard's last means: it does not wait for the warden, which may be frozen. */
  kill(): void {
    if (this.#warden === undefined) return;
    const { service, spec, journal } = this.#settings;
    if (this.#state !== "stopping")
      journal.warn("a service's program is killed: the lease is over", {
        service,
        resource: spec.name,
        epoch: this.#epoch,
      });
    this.#enter("stopping");
    if (this.#pid !== undefined) signalGroup(this.#pid);
    this.#warden.kill("SIGKILL");
  }

  #prepareDirectory(): void {
    const { directory } = this.#settings;
    const data = join(directory, "data");
    mkdirSync(data, { recursive: true, mode: 0o755 });
    if (process.getuid?.() === 0) chownSync(data, NOBODY, NOBODY);
  }

  #spawn(): ChildProcess {
    const log = openSync(this.log, "a", 0o640);
    const warden = spawn(process.execPath, ["--max-semi-space-size=1", WARDEN], {
      cwd: "/",
      env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
      stdio: ["pipe", "pipe", log],
      detached: true,
    });
    closeSync(log);
    const lines = new LineSplitter();
    warden.stdin?.on("error", () => {});
    warden.stdout?.on("data", (chunk: Buffer) => {
      for (const line of lines.push(chunk)) this.#hear(parseWardenWord(line));
    });
    warden.once("error", ({ message }) => this.#ended(warden, message));
    warden.once("close", () => this.#ended(warden, "its warden has ended"));
    return warden;
  }

  #hear(word: WardenWord): void {
    const { service, spec, journal } = this.#settings;
    if (word.kind === "running") this.#pid = word.pid;
    else
      journal.info("a service's program has ended", {
        service,
        resource: spec.name,
        reason: word.reason,
      });
  }

  #ended(warden: ChildProcess, reason: string): void {
    if (this.#spare === warden) {
      this.#spare = undefined;
      this.#pause(reason);
    }
    if (this.#warden !== warden) return;
    if (this.#pid !== undefined) signalGroup(this.#pid);
    const wasWanted = this.#state === "started" || this.#state === "starting";
    this.#warden = undefined;
    this.#pid = undefined;
    this.#epoch = undefined;
    if (wasWanted)
      this.#settings.journal.warn("a service's program ended unasked", {
        service: this.#settings.service,
        reason,
      });
    this.#enter(wasWanted ? "failed" : "stopped");
  }

  #tell(order: WardenOrder): void {
    this.#warden?.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  async #awaitReady(warden: ChildProcess): Promise<void> {
    const { host, spec, service, journal } = this.#settings;
    const isMine = (): boolean => this.#warden === warden && this.#state === "starting";
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (isMine()) {
      if (await takesConnections(host, spec.port)) {
        if (isMine()) this.#enter("started");
        return;
      }
      if (performance.now() > deadline && isMine()) {
        journal.error("a service's program takes no connections", { service, port: spec.port });
        warden.kill("SIGKILL");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, READY_EVERY_MS));
    }
  }

  #enter(state: ResourceState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#settings.onChange();
  }
}

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true));
    socket.once("error", end(false));
    socket.once("timeout", end(false));
  });
}
