import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { readStrictly } from "./read-strictly.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** An app that writes down every byte that it gets, and answers each request that it can read. */
export class RecordingApp implements AsyncDisposable {
  readonly #server: Server;
  readonly #records = new Map<Socket, string>();
  readonly #open = new Set<Socket>();
  port = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#record(socket));
  }

  static async start(): Promise<RecordingApp> {
    const app = new RecordingApp();
    app.#server.listen(0, "127.0.0.1");
    await once(app.#server, "listening");
    const address = app.#server.address();
    app.port = typeof address === "object" && address ? address.port : 0;
    return app;
  }

  /** What came since the last call, connection by connection. */
  take(): string[] {
    const records = [...this.#records.values()].filter((record) => record !== "");
    this.#records.clear();
    return records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #record(socket: Socket): void {
    this.#open.add(socket);
    let answered = 0;
    let seen = "";
    socket.setNoDelay();
    socket.on("error", () => {});
    socket.on("close", () => this.#open.delete(socket));
    socket.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      this.#records.set(socket, (this.#records.get(socket) ?? "") + text);
      seen += text;
      const { requests, fault, isCut } = readStrictly(seen);
      for (; answered < requests; answered++) socket.write(ANSWER);
      // What cannot be read is answered too, and nothing after it.
      if (fault !== undefined && !isCut) socket.end(ANSWER);
    });
  }
}
