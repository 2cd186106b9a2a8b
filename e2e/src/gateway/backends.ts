import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Route } from "@bastide/contracts";

export const instanceId = (number: number): string =>
  `01990000-0000-7000-8000-${String(number).padStart(12, "0")}`;

/** A path whose answer is larger than what any buffer on the way holds. */
export const BIG = "/big";
const BIG_BODY = Buffer.alloc(8 * 1024 * 1024, "x");

/** Apps that answer with their number, and send back what comes over a connection that was upgraded. */
export class Backends implements AsyncDisposable {
  readonly #servers: Server[] = [];
  readonly ports: number[] = [];

  static async start(count: number): Promise<Backends> {
    const backends = new Backends();
    for (let i = 0; i < count; i++) await backends.#add(i);
    return backends;
  }

  /** The route of a host to one of them, or to nobody. */
  route(host: string, backend: number): Route {
    const port = this.ports[backend % this.ports.length] ?? 0;
    return {
      host,
      path: "/",
      owner: "bench",
      upstreams: [{ instance: instanceId(port), host: "127.0.0.1", port, weight: 100 }],
      whenEmpty: "starting",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #add(number: number): Promise<void> {
    const server = createServer(({ url }, response) =>
      response.end(url === BIG ? BIG_BODY : String(number)),
    );
    server.keepAliveTimeout = 60_000;
    server.on("upgrade", (_, socket) => {
      socket.on("error", () => {});
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      );
      socket.pipe(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    this.ports.push(typeof address === "object" && address ? address.port : 0);
    this.#servers.push(server);
  }
}
