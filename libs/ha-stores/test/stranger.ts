import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** What a stranger does with a connection once it has read a whole request. */
export type Behaviour = (socket: Socket, request: string) => void;

/** A server at etcd's address that is no etcd: it answers what it likes, byte by byte. */
export class Stranger implements AsyncDisposable {
  readonly endpoint: string;
  readonly requests: string[];
  readonly #close: () => Promise<void>;

  private constructor(endpoint: string, requests: string[], close: () => Promise<void>) {
    this.endpoint = endpoint;
    this.requests = requests;
    this.#close = close;
  }

  static async start(behaviour: Behaviour): Promise<Stranger> {
    const sockets = new Set<Socket>();
    const requests: string[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
      let text = "";
      socket.on("data", (chunk) => {
        text += String(chunk);
        const length = Number(text.match(/content-length: (\d+)/i)?.[1] ?? 0);
        const head = text.indexOf("\r\n\r\n");
        if (head < 0 || text.length < head + 4 + length) return;
        const request = text;
        text = "";
        requests.push(request);
        behaviour(socket, request);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const close = async (): Promise<void> => {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    };
    return new Stranger(`http://127.0.0.1:${port}`, requests, close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** A whole HTTP answer. */
export const http = (status: number, body: string, type = "application/json"): string =>
  `HTTP/1.1 ${status} Whatever\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
