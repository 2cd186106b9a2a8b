import { Agent, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { text } from "node:stream/consumers";

export interface PortLoadOptions {
  readonly port: number;
  readonly host: string;
  readonly requestsPerSecond: number;
  /** PEM of the only authority that is trusted; absent: plain HTTP. */
  readonly ca?: string;
}

export interface ClientConnection {
  /** The client's own. */
  readonly localPort: number;
  readonly connectedAtMs: number;
}

/** One request, and the connection that carried it. */
export interface PortRequest {
  readonly startedAtMs: number;
  readonly isNew: boolean;
  /** Its connection; absent where there was none. */
  connection?: ClientConnection;
  error?: string;
}

/** Open-loop like `Load`, but knows the connection of each request; every second one has a connection of its own. */
export class PortLoad {
  readonly #options: PortLoadOptions;
  readonly #agent: Agent;
  readonly #stopped = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly #connections = new WeakMap<Socket, ClientConnection>();
  readonly #loop: Promise<void>;
  readonly requests: PortRequest[] = [];

  constructor(options: PortLoadOptions) {
    const kept = { keepAlive: true, maxSockets: 64 };
    this.#options = options;
    this.#agent = options.ca === undefined ? new Agent(kept) : new SecureAgent(kept);
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    await Promise.all(this.#pending);
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    const beganMs = performance.now();
    const { signal } = this.#stopped;
    for (let n = 0; !signal.aborted; n++) {
      const waitMs = beganMs + (n * 1000) / this.#options.requestsPerSecond - performance.now();
      if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {});
      const sent = this.#send(n % 2 === 0).finally(() => this.#pending.delete(sent));
      this.#pending.add(sent);
    }
  }

  async #send(isNew: boolean): Promise<void> {
    const sent: PortRequest = { startedAtMs: performance.now(), isNew };
    this.requests.push(sent);
    const { port, host, ca } = this.#options;
    const request = ca === undefined ? plainRequest : secureRequest;
    const outgoing = request({
      host: "127.0.0.1",
      port,
      headers: { host },
      agent: isNew ? false : this.#agent,
      signal: AbortSignal.timeout(10_000),
      ...(ca === undefined ? {} : { ca, servername: host }),
    });
    outgoing.once("socket", (socket) => {
      const note = (): void => {
        const known = this.#connections.get(socket);
        const { localPort = 0 } = socket;
        const connection = known ?? { localPort, connectedAtMs: performance.now() };
        this.#connections.set(socket, connection);
        sent.connection = connection;
      };
      if (socket.connecting) socket.once("connect", note);
      else note();
    });
    // What comes after its answer has begun is the answer's to say.
    outgoing.on("error", () => {});
    outgoing.end();
    try {
      const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
      await text(incoming);
      if (incoming.statusCode !== 200) sent.error = `status ${incoming.statusCode}`;
    } catch (cause) {
      sent.error = cause instanceof Error ? cause.message : String(cause);
    }
  }
}
