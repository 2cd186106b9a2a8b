import { connect, type Socket } from "node:net";
import { type ClientOptions, WebSocket } from "ws";
import { HOST } from "../case.ts";
import { MAX_MESSAGE_BYTES, nameOf, told } from "./talking-app.ts";

const DEADLINE_MS = 15_000;

/** A client's side of one WebSocket; everything that happens to it is written down. */
export class Conversation {
  readonly socket: WebSocket;
  readonly seen: string[] = [];
  readonly #over: Promise<void>;
  #onSeen = (): void => {};

  /** `protocols`: offered, in this order. */
  constructor(port: number, path: string, options: ClientOptions = {}, protocols: string[] = []) {
    const headers = { host: HOST, ...options.headers };
    const limits = { maxPayload: MAX_MESSAGE_BYTES, followRedirects: false };
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
      perMessageDeflate: false,
      ...limits,
      ...options,
      headers,
    });
    this.#over = new Promise((resolve) => this.socket.once("close", () => resolve()));
    this.#watch();
  }

  /** Resolves when so many things have happened. Rejects when they do not. */
  async until(count: number): Promise<void> {
    await within(
      `${count} things happen; there were ${this.seen.join(", ")}`,
      new Promise<void>((resolve) => {
        this.#onSeen = () => this.seen.length >= count && resolve();
        this.#onSeen();
      }),
    );
  }

  async opened(): Promise<void> {
    await this.until(1);
  }

  /** Resolves when the connection is closed. */
  async over(): Promise<void> {
    await within(`the WebSocket closes; there were ${this.seen.join(", ")}`, this.#over);
  }

  #see(what: string): void {
    this.seen.push(what);
    this.#onSeen();
  }

  #watch(): void {
    const { socket } = this;
    socket.on("open", () => {
      this.#see(`open ${socket.protocol || "-"} ${socket.extensions || "-"}`);
    });
    socket.on("message", (data, isBinary) => this.#see(told(data, isBinary)));
    socket.on("ping", (data) => this.#see(`ping ${String(data)}`));
    socket.on("pong", (data) => this.#see(`pong ${String(data)}`));
    socket.on("close", (code, reason) => this.#see(`close ${code} ${String(reason)}`));
    // Of a connection that breaks, `close` is what tells in the same way at every time.
    socket.on("error", (error) => nameOf(error) !== "broken" && this.#see(nameOf(error)));
    socket.on("unexpected-response", (_, response) => {
      const { location, "www-authenticate": realm } = response.headers;
      let body = "";
      response.on("data", (data) => (body += String(data)));
      response.on("end", () => {
        this.#see(`${response.statusCode} ${location ?? "-"} ${realm ?? "-"} ${body}`);
        socket.terminate();
      });
    });
  }
}

/** A connection of its own on which bytes are sent as they are. */
export class RawConversation {
  readonly socket: Socket;
  #received = "";
  readonly #ended: Promise<void>;
  #onData = (): void => {};

  constructor(port: number, bytes: string) {
    this.socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    this.#ended = new Promise((resolve) => {
      this.socket.once("end", () => resolve());
      this.socket.once("error", () => resolve());
      this.socket.once("close", () => resolve());
    });
    this.socket.on("data", (data) => {
      this.#received += data.toString("latin1");
      this.#onData();
    });
    this.send(bytes);
  }

  send(bytes: string): void {
    this.socket.write(Buffer.from(bytes, "latin1"));
  }

  /** Resolves when the head of the answer is there. */
  async answered(): Promise<void> {
    const answer = new Promise<void>((resolve) => {
      this.#onData = () => this.#received.includes("\r\n\r\n") && resolve();
      this.#onData();
    });
    await within("there is an answer", answer);
  }

  /** Resolves when the other side has ended its half, or nobody can say more. */
  async ended(): Promise<void> {
    await within("the connection ends", this.#ended);
  }

  /** The status line and what follows the head, which differs by what each server says of itself. */
  get seen(): readonly string[] {
    const end = this.#received.indexOf("\r\n\r\n");
    const line = this.#received.slice(0, Math.max(0, this.#received.indexOf("\r\n")));
    return [line, this.#received.slice(end + 4)];
  }
}

async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not in time: ${what}`)), DEADLINE_MS);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
