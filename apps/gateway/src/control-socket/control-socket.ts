import { once } from "node:events";
import { lstatSync, renameSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type GatewayAnswer, GatewayRequest } from "@bastide/contracts";
import { ControlError, refusedBy } from "./control-error.ts";
import { readLines, writeLine } from "./lines.ts";
import { withShortPath } from "./short-path.ts";

export const SOCKET_NAME = "control.sock";
/** The first line of a successor's connection; all that follows on it is between the two programs. */
export const HAND_OVER = "hand-over";
/** A route with a thousand upstreams has about 150 kB. */
const MAX_LINE = 1024 * 1024;
/** Only the owner, and root, may connect. */
const UMASK = 0o177;

type Result = Extract<GatewayAnswer, { ok: true }>["result"];

export interface Conversation {
  /** Sends a line that nobody asked for; false when the reader is too slow to take more. */
  send(value: unknown): boolean;
  onEnd(call: () => void): void;
}

export interface ControlUser {
  /** Throws ControlError. */
  answer(request: GatewayRequest, conversation: Conversation): Promise<Result>;
  /** Takes the connection over. */
  handOver(socket: Socket): void;
}

/** The UNIX socket by which a gateway is looked at and changed on its own machine. */
export class ControlSocket {
  readonly #path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #inode = 0n;

  constructor(directory: string, user: ControlUser) {
    this.#path = join(directory, SOCKET_NAME);
    this.#server = createServer((socket) => this.#converse(socket, user));
  }

  /** Takes the name over from whoever had it; their connections go on. */
  async listen(): Promise<void> {
    const own = `${this.#path}.${process.pid}`;
    const before = process.umask(UMASK);
    try {
      withShortPath(own, (path) => this.#server.listen(path));
    } finally {
      process.umask(before);
    }
    await once(this.#server, "listening");
    this.#inode = lstatSync(own, { bigint: true }).ino;
    renameSync(own, this.#path);
  }

  /** Takes no more connections, and takes the name away if nobody else has it by now. */
  close(): void {
    this.#server.close();
    try {
      if (lstatSync(this.#path, { bigint: true }).ino === this.#inode) unlinkSync(this.#path);
    } catch {
      // It is gone, which is what was wanted.
    }
  }

  /** Ends what is being said as well. */
  end(): void {
    this.close();
    for (const socket of this.#sockets) socket.destroySoon();
  }

  #converse(socket: Socket, user: ControlUser): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
    let isTaken = false;
    let last: Promise<void> = Promise.resolve();
    readLines(socket, MAX_LINE, (line) => {
      if (isTaken || line.trim() === "") return;
      if (isHandOver(line)) {
        isTaken = true;
        socket.removeAllListeners("data");
        return user.handOver(socket);
      }
      last = last.then(async () => writeLine(socket, await answerTo(line, user, socket)));
    });
  }
}

async function answerTo(line: string, user: ControlUser, socket: Socket): Promise<GatewayAnswer> {
  try {
    return { ok: true, result: await user.answer(parse(line), conversationOn(socket)) };
  } catch (cause) {
    return refusedBy(cause);
  }
}

function parse(line: string): GatewayRequest {
  const parsed = GatewayRequest.safeParse(jsonOf(line));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new ControlError("invalid-request", `the request is not valid: ${problems.join("; ")}`);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new ControlError("invalid-request", "a request is one line of JSON; this line is none");
  }
}

function isHandOver(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return (
      typeof value === "object" &&
      value !== null &&
      "command" in value &&
      value.command === HAND_OVER
    );
  } catch {
    return false;
  }
}

function conversationOn(socket: Socket): Conversation {
  return {
    send(value) {
      if (socket.writableLength > MAX_LINE) return false;
      writeLine(socket, value);
      return true;
    },
    onEnd: (call) => void socket.once("close", call),
  };
}
