import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Connections that were upgraded and are held open: each must live until we end it. */
export class WebSockets {
  readonly #port: number;
  readonly #host: string;
  readonly #open: Socket[] = [];
  #cut = 0;
  #opened = 0;

  constructor(port: number, host: string) {
    this.#port = port;
    this.#host = host;
  }

  get opened(): number {
    return this.#opened;
  }

  /** Refused, or ended by anybody but us. */
  get cut(): number {
    return this.#cut;
  }

  async open(): Promise<void> {
    const socket = connect(this.#port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      `GET / HTTP/1.1\r\nHost: ${this.#host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    const [head] = await once(socket, "data");
    this.#opened += 1;
    if (!String(head).includes(" 101 ")) {
      this.#cut += 1;
      socket.destroy();
      return;
    }
    socket.once("close", () => {
      if (this.#open.includes(socket)) this.#cut += 1;
    });
    this.#open.push(socket);
  }

  /** Asks the oldest whether they still work, and ends them. */
  async endOldest(keep: number): Promise<void> {
    for (const socket of this.#open.splice(0, Math.max(0, this.#open.length - keep))) {
      if (socket.destroyed) continue;
      socket.write("still there");
      const [echo] = await once(socket, "data", { signal: AbortSignal.timeout(10_000) }).catch(
        () => [""],
      );
      if (String(echo) !== "still there") this.#cut += 1;
      socket.destroy();
    }
  }
}
