import { type Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type {
  Attempt,
  AttemptOutcome,
  EngineTimeouts,
  ProxyEngine,
} from "../../src/engine/proxy-engine.ts";
import { upstreamHeaders } from "../../src/exchange/upstream-headers.ts";
import type { EngineFront } from "../harness/engine-fronts.ts";
import { type TestServer, until } from "../harness/sockets.ts";

export const TIMEOUTS: EngineTimeouts = { connectMs: 5_000, answerMs: 30_000, idleMs: 2_000 };

/** What the parts of the contract are shown on. */
export interface Setting {
  readonly front: EngineFront;
  readonly makeEngine: (timeouts: EngineTimeouts) => ProxyEngine;
  /** A new one for each test. */
  readonly stage: () => Stage;
}

/** The least around an engine: each request goes to the next of the upstreams until one does not fail. */
export class Stage implements AsyncDisposable {
  readonly engine: ProxyEngine;
  readonly outcomes: AttemptOutcome[] = [];
  readonly sockets = new Set<Socket>();
  upstreams: number[] = [];
  /** What each attempt is asked besides. */
  more: Partial<Attempt> = {};
  connected = 0;
  readonly #server: Server;

  constructor(engine: ProxyEngine, front: EngineFront) {
    this.engine = engine;
    this.#server = front.server();
    this.#server.on("request", (request, response) => void this.#try(request, response));
    this.#server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => {});
      const response = new ServerResponse(request);
      response.assignSocket(request.socket);
      response.shouldKeepAlive = false;
      socket.on("drain", () => response.emit("drain"));
      response.once("finish", () => request.socket.destroySoon());
      void this.#try(request, response, head);
    });
    this.#server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
  }

  /** To these upstreams, one after the other. */
  via(...servers: (TestServer | number)[]): this {
    this.upstreams = servers.map((server) => (typeof server === "number" ? server : server.port));
    return this;
  }

  async noConnections(): Promise<void> {
    await until("no connection is left on either side", () => this.sockets.size === 0);
    await until("none to an upstream", () => this.engine.connections().active === 0);
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.engine.close();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The outcome that a test waits for. */
  async outcome(index = 0): Promise<AttemptOutcome> {
    await until("an outcome", () => this.outcomes.length > index);
    const outcome = this.outcomes[index];
    if (!outcome) throw new Error(`there is no outcome ${index}`);
    return outcome;
  }

  async #try(
    request: ServerResponse["req"],
    response: ServerResponse,
    head?: Buffer,
  ): Promise<void> {
    for (const port of this.upstreams) {
      const attempt = {
        request,
        response,
        target: request.url ?? "",
        headers: upstreamHeaders(request),
        upstream: { host: "127.0.0.1", port },
        onConnected: () => (this.connected += 1),
        ...this.more,
      };
      const outcome = await (head
        ? this.engine.upgrade(attempt, head)
        : this.engine.forward(attempt));
      this.outcomes.push(outcome);
      if (outcome.kind !== "failed") return;
    }
    if (response.headersSent) throw new Error("an attempt that failed has written to the client");
    response.writeHead(502).end("no upstream");
  }
}
