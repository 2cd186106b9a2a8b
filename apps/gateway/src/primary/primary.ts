import type { ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { SavedState, SubscriberEvent } from "@bastide/config-stream";
import type { GatewayStatus } from "@bastide/contracts";
import type { AloneConfig, Config } from "../config.ts";
import { parseEntry } from "../control/entry.ts";
import type { TableUser } from "../control/follow-table.ts";
import type { TableSource } from "../control/table-source.ts";
import { ControlSocket } from "../control-socket/control-socket.ts";
import type { Log } from "../observe/log.ts";
import { type GatewayFacts } from "../observe/metrics-store.ts";
import { render } from "../observe/prometheus.ts";
import { certificatesIn } from "./certificates-in-table.ts";
import { Commands } from "./commands.ts";
import { EventBus } from "./event-bus.ts";
import { type HandedOver, Predecessor } from "./link.ts";
import type { Holding } from "./listeners.ts";
import { MetricsCollector } from "./metrics-collector.ts";
import { Overlay } from "./overlay.ts";
import { OverlayFile } from "./overlay-file.ts";
import { programId } from "./program-id.ts";
import { Successor } from "./succession.ts";
import { Tables } from "./tables.ts";
import { Upgrade } from "./upgrade.ts";
import type { WorkerLaunch } from "./worker-process.ts";
import { type PoolEvent, WorkerPool } from "./worker-pool.ts";

/** For requests under way when the program that took over has died: nobody keeps this one's table current any more. */
const ORPHAN_MS = 10_000;

/** For the first word of the control plane; connections wait meanwhile. */
const CATCH_UP_MS = 3_000;

export interface PrimaryParts {
  readonly config: Omit<AloneConfig, "BASTIDE_STATE_DIR"> &
    Partial<Pick<Config, "BASTIDE_GATEWAY">>;
  /** Absent: nothing is kept, and there is no control socket. */
  readonly stateDirectory: string | undefined;
  /** What the gateway follows. */
  readonly follow: (user: TableUser, onEvent: (event: SubscriberEvent) => void) => TableSource;
  readonly log: Log;
  readonly listeners: readonly Holding[];
  /** `first` runs already. */
  readonly workers: {
    readonly count: number;
    readonly launch: WorkerLaunch;
    readonly first: ChildProcess;
  };
  /** The files that the program consists of. */
  readonly files: readonly string[];
  /** Whether another program serves, from which this one is to take over. */
  readonly isSuccessor: boolean;
  /** Whether the one before it died: what was acknowledged last may not have come to the disk. */
  readonly isAgain: boolean;
}

/** What rules a gateway: follows the table, keeps the workers, and answers for them. It never touches a request. */
export class Primary {
  readonly #parts: PrimaryParts;
  readonly #events = new EventBus();
  readonly #pool: WorkerPool;
  readonly #overlay: Overlay;
  readonly #tables: Tables;
  readonly #metrics: MetricsCollector;
  readonly #upgrade = new Upgrade();
  readonly #control: ControlSocket | undefined;
  readonly #program: string;
  readonly #startedAt = new Date().toISOString();
  readonly #source: TableSource;
  #successor: Successor | undefined;
  #isStopping = false;

  private constructor(
    parts: PrimaryParts,
    overlay: Overlay,
    file: OverlayFile | undefined,
    program: string,
  ) {
    const { config, workers } = parts;
    this.#parts = parts;
    this.#overlay = overlay;
    this.#program = program;
    this.#pool = new WorkerPool(workers.count, workers.launch, {
      onEvent: (event) => this.#tell(event),
      onBusy: () => this.#busyChanged(),
      metrics: async () =>
        render(await this.#metrics.collect(), config.BASTIDE_METRICS_ROUTES === "http"),
      onLastMetrics: (increment) => this.#metrics.add(increment),
      onStranger: () => void this.upgrade().catch(() => {}),
    });
    this.#metrics = new MetricsCollector(this.#pool, () => this.#facts());
    this.#tables = new Tables({
      pool: this.#pool,
      overlay,
      save: async (state) => file?.save(state),
      onEvent: (type, facts) => this.#events.emit(type, facts),
    });
    this.#source = parts.follow(this.#tables, (event) => this.#tableEvent(event));
    const commands = new Commands({
      pool: this.#pool,
      tables: this.#tables,
      overlay,
      metrics: this.#metrics,
      events: this.#events,
      drainMs: config.BASTIDE_DRAIN_MS,
      facts: () => this.#status(),
      upgrade: () => this.upgrade(),
    });
    if (parts.stateDirectory === undefined) return;
    this.#control = new ControlSocket(parts.stateDirectory, {
      answer: (request, conversation) => commands.answer(request, conversation),
      handOver: (socket) => void this.#handOver(socket),
    });
  }

  static async make(parts: PrimaryParts): Promise<Primary> {
    const { stateDirectory, files } = parts;
    const program = await programId(files);
    if (stateDirectory === undefined) return new Primary(parts, new Overlay(), undefined, program);
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 }).catch(() => {});
    const file = new OverlayFile(stateDirectory);
    const state = await file.load((path, reason) =>
      parts.log("error", "local routes cannot be read; going on without them", { path, reason }),
    );
    return new Primary(parts, new Overlay(state), file, program);
  }

  /**
   * The table first, then connections: the very first request finds its route, with or without a control plane. What
   * a program before this one still does is done by the same table, until it ends.
   */
  async start(): Promise<void> {
    this.#pool.start(this.#parts.workers.first);
    const state = this.#parts.isSuccessor ? await this.#takeOver() : undefined;
    await this.#source.start(state);
    if (this.#parts.isAgain) await this.#caughtUp();
    await this.#tables.applyOwn();
    // Whoever is served can look at us; but a predecessor is in charge until this one serves.
    if (!this.#tables.predecessor) await this.#listenForControl();
    await this.#pool.accept();
    if (this.#tables.predecessor) await this.#listenForControl();
    this.#metrics.start();
    this.#tables.predecessor?.retire();
    process.send?.("ready");
  }

  /** Resolves when another program serves in place of this one, which then finishes what is under way. */
  upgrade(): Promise<{ pid: number }> {
    this.#events.emit("upgrade-started");
    return this.#upgrade.begin(() => process.send?.("upgrade"));
  }

  /** The launcher's word that the successor ended before it served. */
  upgradeFailed(): void {
    this.#parts.log("error", "the successor did not start; this program serves on");
    this.#events.emit("upgrade-failed");
    this.#upgrade.failed();
  }

  /** Finishes what is under way, for at most `deadlineMs`, and ends the process. */
  async stop(reason: string, deadlineMs: number): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#parts.log("info", "stopping", { reason });
    for (const { fd } of this.#parts.listeners) closeSync(fd);
    this.#control?.end();
    await this.#pool.stop(deadlineMs);
    await this.#source.stop();
    this.#parts.log("info", "stopped");
    process.exit();
  }

  async #listenForControl(): Promise<void> {
    await this.#control
      ?.listen()
      .catch((cause: unknown) =>
        this.#parts.log("error", "there is no control socket", { reason: reasonOf(cause) }),
      );
  }

  /** Until the control plane has said what is missing, or cannot be reached, or for a short time. */
  async #caughtUp(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.#events.on(({ type }) => {
      if (type === "table-connected" || type === "table-disconnected") resolve();
    });
    await Promise.race([promise, delay(CATCH_UP_MS)]);
    stop();
  }

  async #takeOver(): Promise<SavedState | undefined> {
    const { stateDirectory } = this.#parts;
    const predecessor =
      stateDirectory === undefined
        ? undefined
        : await Predecessor.find(stateDirectory, () => this.#busyChanged());
    if (!predecessor)
      throw new Error(
        "nobody to take over from answers at a control socket in the state directory",
      );
    await this.#pool.booted();
    const state = await predecessor.handOver();
    this.#tables.predecessor = predecessor;
    return savedState(state);
  }

  /** A successor asks for the table: from now on it follows the control plane, and we follow it. */
  async #handOver(socket: Socket): Promise<void> {
    if (this.#successor || this.#isStopping) return void socket.destroy();
    this.#successor = new Successor(socket, {
      apply: (changes) => this.#tables.applyAsTold(parsed(changes)),
      busy: () => this.#tables.busy,
      heard: (agoMs) => this.#tables.heard(agoMs),
      retire: (pid) => void this.#retire(pid),
      gone: (hasTakenOver) => void this.#successorGone(hasTakenOver),
    });
    await this.#source.stop();
    await this.#tables.settled();
    const version = this.#source.version;
    const entries = [...this.#overlay.stream];
    this.#successor?.tell({ type: "state", ...(version ? { version } : {}), entries });
  }

  async #retire(pid: number): Promise<void> {
    this.#parts.log("info", "another program serves; this one finishes what is under way");
    this.#upgrade.done(pid);
    this.#events.emit("upgrade-done", { pid });
    this.#control?.close();
    await this.#pool.retire(this.#parts.config.BASTIDE_DRAIN_MS);
    // One before us, which hears of the table through us, may still have something to do.
    await this.#tables.predecessor?.ended();
    process.exit();
  }

  async #successorGone(hasTakenOver: boolean): Promise<void> {
    this.#successor = undefined;
    if (hasTakenOver) return this.stop("the program that took over has gone", ORPHAN_MS);
    if (this.#isStopping) return;
    const version = this.#source.version;
    await this.#source.start(version && { version, entries: new Map(this.#overlay.stream) });
  }

  #busyChanged(): void {
    if (this.#successor) this.#successor.tellBusy();
    else this.#source.acknowledgeAgain();
  }

  async #status(): Promise<Omit<GatewayStatus, "workers" | "draining" | "routes">> {
    const table = this.#source.version;
    return {
      ...this.#name,
      pid: process.pid,
      program: this.#program,
      programOnDisk: await programId(this.#parts.files),
      startedAt: this.#startedAt,
      controlConnected: this.#source.isConnected,
      ...(table ? { table } : {}),
      hosts: this.#facts().hosts,
      listeners: this.#parts.listeners.map(({ kind, host, port }) => ({ kind, host, port })),
    };
  }

  /** One that runs alone has no name. */
  get #name(): { readonly node?: string } {
    const { BASTIDE_GATEWAY: node } = this.#parts.config;
    return node === undefined ? {} : { node };
  }

  #facts(): GatewayFacts {
    const workers = { starting: 0, serving: 0, retiring: 0 };
    for (const { state } of this.#pool.workers) workers[state] += 1;
    return {
      ...this.#name,
      hosts: new Set(Array.from(this.#pool.routes.values(), ({ host }) => host)).size,
      controlConnected: this.#source.isConnected ? 1 : 0,
      workers,
      tableVersion: this.#source.version?.sequence ?? 0,
      workerDeaths: this.#pool.deaths,
      certificates: certificatesIn(this.#pool.entries),
    };
  }

  #tell({ type, ...facts }: PoolEvent): void {
    this.#parts.log(LEVELS[type], type.replace("-", " "), facts);
    this.#events.emit(type, facts);
  }

  #tableEvent(event: SubscriberEvent): void {
    const { type, ...facts } = event;
    this.#events.emit(`table-${type}`, JSON.parse(JSON.stringify(facts)));
  }
}

const LEVELS: Readonly<Record<PoolEvent["type"], Parameters<Log>[0]>> = {
  "worker-started": "info",
  "worker-retiring": "info",
  "worker-ended": "info",
  "worker-died": "error",
  "worker-killed": "error",
};

const savedState = ({ version, entries }: HandedOver): SavedState | undefined =>
  version && { version, entries: new Map(entries) };

const parsed = (changes: readonly (readonly [string, unknown])[]) =>
  changes.map(([key, value]) => [key, value === null ? null : parseEntry(key, value)] as const);

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);
