import { type AddressInfo, type Socket } from "node:net";
import { createServer, type Server } from "node:tls";
import type { AttemptOutcome, ProxyEngine } from "../../src/engine/proxy-engine.ts";
import type { ClientAnswer } from "../../src/exchange/client-answer.ts";
import { upstreamHeaders } from "../../src/exchange/upstream-headers.ts";
import { Http2Listener } from "../../src/h2/http2-listener.ts";
import type { TestAuthority } from "../harness/certificates.ts";
import { SECURE_NAME } from "../harness/http-client.ts";
import { Http2Client } from "../harness/http2-client.ts";
import { type TestServer, until } from "../harness/sockets.ts";

const LIMITS = { headersTimeoutMs: 10_000, idleTimeoutMs: 10_000, maxConnections: 1_000 };

interface Pair {
  readonly chain: string;
  readonly key: string;
}

/** A new one for each test. */
export type StageOfTest = () => Http2Stage;

/** The least around an engine for HTTP/2: each request goes to the next of the upstreams until one does not fail. */
export class Http2Stage {
  readonly engine: ProxyEngine;
  readonly outcomes: AttemptOutcome[] = [];
  readonly sockets = new Set<Socket>();
  upstreams: number[] = [];
  readonly #server: Server;
  readonly #listener: Http2Listener;

  readonly #authority: TestAuthority;

  private constructor(engine: ProxyEngine, authority: TestAuthority, { chain, key }: Pair) {
    this.engine = engine;
    this.#authority = authority;
    this.#listener = new Http2Listener(
      {
        onRequest: (request, response) => void this.#try(request, response),
        onUpgrade: () => {},
        stateOf: () => "free",
      },
      LIMITS,
      () => performance.now(),
    );
    this.#server = createServer({ cert: chain, key, ALPNProtocols: ["h2"] }, (socket) => {
      socket.on("error", () => {});
      this.#listener.begin(socket);
    });
    this.#server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
  }

  static async start(engine: ProxyEngine, authority: TestAuthority): Promise<Http2Stage> {
    const pair = await authority.pair(`CN=${SECURE_NAME}`, [SECURE_NAME]);
    const stage = new Http2Stage(engine, authority, pair);
    await new Promise<void>((resolve) => stage.#server.listen(0, "127.0.0.1", resolve));
    return stage;
  }

  /** A client, whose requests go to these upstreams, one after the other. */
  via(...servers: (TestServer | number)[]): Promise<Http2Client> {
    this.upstreams = servers.map((server) => (typeof server === "number" ? server : server.port));
    return Http2Client.connect(this.port, this.#authority.pem);
  }

  noneActive(): Promise<void> {
    return until("no request to an upstream", () => this.engine.connections().active === 0);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.engine.close();
    this.#listener.stop();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async outcome(index = 0): Promise<AttemptOutcome | undefined> {
    await until("an outcome", () => this.outcomes.length > index);
    return this.outcomes[index];
  }

  async #try(request: ClientAnswer["req"], response: ClientAnswer): Promise<void> {
    for (const port of this.upstreams) {
      const outcome = await this.engine.forward({
        request,
        response,
        target: request.url ?? "",
        headers: upstreamHeaders(request),
        upstream: { host: "127.0.0.1", port },
      });
      this.outcomes.push(outcome);
      if (outcome.kind !== "failed") return;
    }
    if (response.headersSent) throw new Error("an attempt that failed has written to the client");
    response.writeHead(502, {});
    response.end("no upstream");
  }
}
