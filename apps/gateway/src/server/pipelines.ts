import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Requests of one connection that are answered at once. */
const MOST_AT_ONCE = 8;
/** Requests of one connection that wait for those before them: about what one read from a socket can bring. */
const MOST_WAITING = 1_000;

/** Methods whose order makes no difference (RFC 9110 §9.2.1). */
const SAFE: ReadonlySet<string | undefined> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

type Start = (request: IncomingMessage, response: ServerResponse) => void;
type Turn = readonly [request: IncomingMessage, response: ServerResponse];

/**
 * Bounds what one HTTP/1.1 connection has under way: of pipelined requests safe ones are answered at once, up to a
 * bound, and any other one has the connection to itself, as its client may count on the order (RFC 9112 §9.3.2). Node
 * keeps the answers in order. While a request waits nothing more is read from the connection.
 */
export class Pipelines {
  readonly #lines = new WeakMap<Duplex, Line>();
  readonly #start: Start;

  constructor(start: Start) {
    this.#start = start;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    let line = this.#lines.get(socket);
    if (!line) this.#lines.set(socket, (line = new Line(socket, this.#start)));
    line.take([request, response]);
  }

  /** Whether a request of the connection is not answered yet. */
  isBusy(socket: Socket): boolean {
    return this.#lines.get(socket)?.isBusy === true;
  }

  /** Whether what the client sends is not read, since requests of it wait. */
  isHeld(socket: Duplex): boolean {
    return this.#lines.get(socket)?.isHeld === true;
  }
}

class Line {
  readonly #socket: Socket;
  readonly #start: Start;
  readonly #waiting: Turn[] = [];
  /** The youngest that was taken. */
  #last: ServerResponse | undefined;
  #underWay = 0;
  #isExclusive = false;
  #isFull = false;

  constructor(socket: Socket, start: Start) {
    this.#socket = socket;
    this.#start = start;
  }

  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  get isHeld(): boolean {
    return this.#waiting.length > 0;
  }

  take(turn: Turn): void {
    if (this.#isFull) return;
    const [request, response] = turn;
    if (!this.isHeld && this.#hasRoomFor(request)) {
      this.#begin(turn);
    } else if (this.#waiting.length < MOST_WAITING) {
      if (!this.isHeld) this.#hold();
      this.#waiting.push(turn);
    } else {
      this.#refuseMore();
      return;
    }
    this.#last = response;
  }

  #hasRoomFor({ method }: IncomingMessage): boolean {
    if (this.#underWay === 0) return true;
    return !this.#isExclusive && SAFE.has(method) && this.#underWay < MOST_AT_ONCE;
  }

  #begin([request, response]: Turn): void {
    this.#underWay += 1;
    this.#isExclusive = !SAFE.has(request.method);
    response.once("close", () => {
      this.#underWay -= 1;
      if (this.isHeld) this.#next();
    });
    this.#start(request, response);
  }

  #next(): void {
    // The last answer of a connection ends it: what comes after that is never begun.
    if (!this.#socket.writable) this.#waiting.length = 0;
    for (let turn = this.#waiting[0]; turn && this.#hasRoomFor(turn[0]); turn = this.#waiting[0]) {
      this.#waiting.shift();
      this.#begin(turn);
    }
    if (this.isHeld) return;
    this.#socket.off("resume", this.#pause);
    this.#socket.resume();
  }

  /** Node reads on by itself whenever an answer is over. */
  #hold(): void {
    this.#socket.on("resume", this.#pause);
    this.#pause();
  }

  readonly #pause = (): void => void this.#socket.pause();

  /** The client is told by the last answer that it has to ask for the rest again (RFC 9112 §9.3.2). */
  #refuseMore(): void {
    this.#isFull = true;
    if (this.#last) this.#last.shouldKeepAlive = false;
  }
}
