import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "./free-port.ts";

/** What is at the address: the server itself, a stranger that answers HTML, or somebody who never answers. */
export type Face = "server" | "stranger" | "silent";

const HTML = "<!doctype html><title>hello</title>";
const STRANGER = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${HTML.length}\r\n\r\n${HTML}`;

/** An address at which a server is, and at times somebody else: it leads to the server as long as it wears its face. */
export class StandIn implements AsyncDisposable {
  readonly port: number;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#serve(socket));
  #face: Face = "server";
  /** How often it was asked something while it was not the server. */
  asked = 0;

  private constructor(port: number, target: URL) {
    this.port = port;
    this.#target = target;
  }

  static async of(target: string): Promise<StandIn> {
    const standIn = new StandIn(await freePort(), new URL(target));
    standIn.#server.listen(standIn.port, "127.0.0.1");
    await once(standIn.#server, "listening");
    return standIn;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends every connection: what comes next is answered by who is there now. */
  wear(face: Face): void {
    this.#face = face;
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#keep(socket);
    if (this.#face === "server") return this.#forward(socket);
    socket.on("data", () => {
      this.asked += 1;
      if (this.#face === "stranger") socket.write(STRANGER);
    });
  }

  #forward(socket: Socket): void {
    const there = connect({ host: this.#target.hostname, port: Number(this.#target.port) });
    this.#keep(there);
    socket.pipe(there).pipe(socket);
    for (const [one, other] of [
      [socket, there],
      [there, socket],
    ] as const)
      one.on("close", () => other.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
