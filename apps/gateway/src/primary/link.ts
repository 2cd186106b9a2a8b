import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { StreamVersion } from "@bastide/contracts";
import { z } from "zod";
import { HAND_OVER, SOCKET_NAME } from "../control-socket/control-socket.ts";
import { readLines, writeLine } from "../control-socket/lines.ts";
import { withShortPath } from "../control-socket/short-path.ts";
import type { EntryChanges } from "../worker/messages.ts";

/** A table of a million routes. */
const MAX_LINE = 1024 * 1024 * 1024;
const DEADLINE_MS = 10_000;

/**
 * What two programs say to each other while one takes over from the other, as lines of JSON on the control socket. The
 * successor asks; then it is the only one that follows the control plane, and tells its predecessor each change of the
 * table until that one has ended. The connection's end tells each that the other has gone.
 */
export const FromSuccessor = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("table"),
    id: z.number(),
    changes: z.array(z.tuple([z.string(), z.unknown()])),
  }),
  /** The control plane was heard of so long ago. */
  z.object({ type: z.literal("heard"), agoMs: z.number() }),
  /** I serve: take no new connection, and end when you have nothing left to do. */
  z.object({ type: z.literal("retire"), pid: z.number().int() }),
]);
export type FromSuccessor = z.infer<typeof FromSuccessor>;

const FromPredecessor = z.discriminatedUnion("type", [
  /** What was in force when it stopped following the control plane. */
  z.object({
    type: z.literal("state"),
    version: StreamVersion.optional(),
    entries: z.array(z.tuple([z.string(), z.unknown()])),
  }),
  z.object({ type: z.literal("applied"), id: z.number(), busy: z.array(z.string()) }),
  z.object({ type: z.literal("busy"), busy: z.array(z.string()) }),
]);
export type FromPredecessor = z.infer<typeof FromPredecessor>;

export type HandedOver = Extract<FromPredecessor, { type: "state" }>;

/** The program before this one, as long as it still has something to do. */
export class Predecessor {
  busy: readonly string[] = [];
  readonly #socket: Socket;
  readonly #onBusy: () => void;
  readonly #waiting = new Map<number, () => void>();
  #onState: (state: HandedOver) => void = () => {};
  #asked = 0;

  constructor(socket: Socket, onBusy: () => void) {
    this.#socket = socket;
    this.#onBusy = onBusy;
    readLines(socket, MAX_LINE, (line) => this.#take(FromPredecessor.parse(JSON.parse(line))));
    socket.once("close", () => this.#gone());
  }

  /** Undefined when nobody answers at the control socket. */
  static async find(directory: string, onBusy: () => void): Promise<Predecessor | undefined> {
    const socket = withShortPath(join(directory, SOCKET_NAME), (path) => connect(path));
    try {
      await once(socket, "connect");
    } catch {
      return undefined;
    }
    socket.on("error", () => {});
    return new Predecessor(socket, onBusy);
  }

  /** From when this resolves the predecessor follows nothing but what it is told here. */
  handOver(): Promise<HandedOver> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    return new Promise((resolve, reject) => {
      this.#onState = resolve;
      signal.addEventListener("abort", () =>
        reject(new Error(`the program before this one did not hand over within ${DEADLINE_MS} ms`)),
      );
      this.#socket.once("close", () => reject(new Error("the program before this one has gone")));
      writeLine(this.#socket, { command: HAND_OVER });
    });
  }

  /** Resolves when the change is in force there too, or nobody is there any more. */
  apply(changes: EntryChanges): Promise<void> {
    if (this.#socket.destroyed) return Promise.resolve();
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#say({ type: "table", id, changes: changes.map(([key, entry]) => [key, entry]) });
    });
  }

  async ended(): Promise<void> {
    if (!this.#socket.destroyed) await once(this.#socket, "close");
  }

  heard(agoMs: number): void {
    if (!this.#socket.destroyed) this.#say({ type: "heard", agoMs });
  }

  retire(): void {
    this.#say({ type: "retire", pid: process.pid });
  }

  #say(message: FromSuccessor): void {
    writeLine(this.#socket, message);
  }

  #take(message: FromPredecessor): void {
    if (message.type === "state") return this.#onState(message);
    this.busy = message.busy;
    if (message.type === "busy") return this.#onBusy();
    this.#waiting.get(message.id)?.();
    this.#waiting.delete(message.id);
  }

  #gone(): void {
    this.busy = [];
    for (const settle of this.#waiting.values()) settle();
    this.#waiting.clear();
    this.#onBusy();
  }
}
