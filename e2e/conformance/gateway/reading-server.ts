import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** A server on Node's own parser that keeps what it was asked, request by request. */
export class ReadingServer implements AsyncDisposable {
  readonly #server: Server;
  #read: (string | undefined)[] = [];
  port = 0;

  private constructor() {
    this.#server = createServer(
      { maxHeaderSize: 65_536 },
      (request, response) => void this.#answer(request, response),
    );
  }

  static async start(): Promise<ReadingServer> {
    const server = new ReadingServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    const address = server.#server.address();
    server.port = typeof address === "object" && address ? address.port : 0;
    return server;
  }

  /** The whole requests that came since the last call: method, target, Host and body of each. */
  take(): string[] {
    const read = this.#read.filter((one) => one !== undefined);
    this.#read = [];
    return read;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = request;
    // In the order in which they came: Node begins a request before the body of the one before it was read.
    const [read, place] = [this.#read, this.#read.push(undefined) - 1];
    const body = await text(request).catch(() => undefined);
    // Broken off before its end: that is no request.
    if (body === undefined) return;
    read[place] = JSON.stringify([method, url, headers.host, body]);
    response.end("ok");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
