import { once } from "node:events";
import {
  createServer as createHttp,
  type RequestListener,
  type Server as HttpServer,
} from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createNet,
  type Server,
  type Socket,
} from "node:net";
import { freePort } from "../../../../tools/testing/free-port.ts";

/** A server of a test: its port, its open connections, and how to end it at once. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
  /** Connections since the start. */
  accepted: number;
  /** Closes the listener and cuts every connection, as the death of its process would. */
  die(): Promise<void>;
}

async function listening(server: Server, port: number): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const die = async () => {
    for (const socket of sockets) socket.resetAndDestroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  const started: TestServer = {
    port: (server.address() as AddressInfo).port,
    server,
    sockets,
    accepted: 0,
    die,
    [Symbol.asyncDispose]: die,
  };
  server.on("connection", (socket: Socket) => {
    started.accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  return started;
}

/** A real HTTP app on a port of its own. */
export function httpApp(
  answer: RequestListener,
  {
    port = 0,
    configure = () => {},
  }: { port?: number; configure?: (server: HttpServer) => void } = {},
): Promise<TestServer> {
  const server = createHttp(answer);
  configure(server);
  return listening(server, port);
}

/** A server that speaks whatever `onConnection` writes. */
export function rawApp(onConnection: (socket: Socket) => void): Promise<TestServer> {
  return listening(createNet(onConnection), 0);
}

/** A port that nobody listens on. */
export const deadPort = freePort;

/** Waits for a condition, with a deadline that names it. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A client that sends bytes as they are and keeps what comes back. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** What carries the bytes: the socket itself, or the one below TLS. */
  readonly #wire: Socket;
  received = "";
  isClosed = false;
  hasEnded = false;

  /** `secure`: how the socket is made into one over TLS. */
  constructor(
    port: number,
    bytes: string | Buffer = "",
    secure: (wire: Socket) => Socket = (wire) => wire,
  ) {
    this.#wire = connect(port, "127.0.0.1");
    this.#wire.on("error", () => {});
    this.socket = secure(this.#wire);
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk) => (this.received += chunk.toString("latin1")));
    this.socket.on("end", () => (this.hasEnded = true));
    this.socket.on("close", () => (this.isClosed = true));
    if (bytes.length > 0) this.socket.write(bytes);
  }

  async receives(text: string, timeoutMs?: number): Promise<void> {
    await until(
      `"${text}" is received, and not ${JSON.stringify(this.received.slice(0, 500))}`,
      () => this.received.includes(text),
      timeoutMs,
    ).catch((cause) => {
      throw new Error(`${cause.message}; got ${JSON.stringify(this.received.slice(0, 500))}`);
    });
  }

  async closes(timeoutMs?: number): Promise<void> {
    await until("the connection is closed", () => this.isClosed, timeoutMs);
  }

  /** As when the client's process is killed with bytes unread. */
  reset(): void {
    this.#wire.resetAndDestroy();
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
    this.#wire.destroy();
  }
}

/** An app that accepts every upgrade and sends back what it gets. */
export function upgradingApp(): Promise<TestServer> {
  return httpApp((_, response) => response.end("ok"), {
    configure: (server) =>
      server.on("upgrade", (_, socket) => {
        socket.on("error", () => {});
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        );
        socket.pipe(socket);
      }),
  });
}
