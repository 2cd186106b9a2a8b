import type { Socket } from "node:net";
import { readLines, writeLine } from "../control-socket/lines.ts";
import { type FromPredecessor, FromSuccessor } from "./link.ts";

const MAX_LINE = 1024 * 1024 * 1024;

export interface SuccessorUser {
  /** Resolves when the changes are in force here; rejects when they cannot be. */
  apply(changes: readonly (readonly [string, unknown])[]): Promise<void>;
  busy(): readonly string[];
  /** The control plane was heard of so long ago. */
  heard(agoMs: number): void;
  /** It serves: there is no way back. */
  retire(pid: number): void;
  /** It is gone; `hasTakenOver`: after it had told us to retire. */
  gone(hasTakenOver: boolean): void;
}

/** The program that takes over from this one. */
export class Successor {
  readonly #socket: Socket;
  readonly #user: SuccessorUser;
  #hasTakenOver = false;

  constructor(socket: Socket, user: SuccessorUser) {
    this.#socket = socket;
    this.#user = user;
    readLines(socket, MAX_LINE, (line) => void this.#take(line));
    socket.once("close", () => user.gone(this.#hasTakenOver));
  }

  tell(message: FromPredecessor): void {
    writeLine(this.#socket, message);
  }

  tellBusy(): void {
    this.tell({ type: "busy", busy: [...this.#user.busy()] });
  }

  async #take(line: string): Promise<void> {
    try {
      const message = FromSuccessor.parse(JSON.parse(line));
      if (message.type === "retire") {
        this.#hasTakenOver = true;
        return this.#user.retire(message.pid);
      }
      if (message.type === "heard") return this.#user.heard(message.agoMs);
      await this.#user.apply(message.changes);
      this.tell({ type: "applied", id: message.id, busy: [...this.#user.busy()] });
    } catch {
      // What it says cannot be followed here: without the table we must not go on, and it need not wait for us.
      this.#socket.destroy();
    }
  }
}
