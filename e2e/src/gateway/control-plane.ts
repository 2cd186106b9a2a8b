import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import {
  type Route,
  routeKey,
  StreamVersion,
  type StreamChange,
  type StreamMessage,
} from "@bastide/contracts";

const HISTORY = "01990000-0000-7000-8000-000000000001";

/** What the orchestrator says to one gateway, and how long the gateway takes to acknowledge it. */
export class GatewayControlPlane implements AsyncDisposable {
  readonly #server: Server;
  readonly #entries = new Map<string, object>();
  readonly #waiting = new Map<number, { readonly sinceMs: number; readonly done: () => void }>();
  #stream: ServerResponse | undefined;
  #sequence = 0;
  #acknowledged = 0;
  port = 0;
  /** Milliseconds from each change to its acknowledgement. */
  readonly latenciesMs: number[] = [];

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async start(): Promise<this> {
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.port = typeof address === "object" && address ? address.port : 0;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves when the change is acknowledged: in force at every worker. */
  change(set: readonly Route[], gone: readonly Route[] = []): Promise<void> {
    return this.put([
      ...set.map((route) => [routeKey(route), route] as const),
      ...gone.map((route) => [routeKey(route), null] as const),
    ]);
  }

  /** The same for entries of any kind; null takes one away. */
  put(entries: readonly (readonly [key: string, value: object | null])[]): Promise<void> {
    const changes = entries.map(([key, value]): StreamChange =>
      value ? { key, value: JSON.parse(JSON.stringify(value)) } : { key, tombstone: true },
    );
    for (const [key, value] of entries)
      if (value) this.#entries.set(key, value);
      else this.#entries.delete(key);
    const after = this.#version();
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.#send({ type: "delta", version: this.#version(), after, changes });
    return new Promise((done) => this.#waiting.set(sequence, { sinceMs: performance.now(), done }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "POST") {
      const body: { version: StreamVersion } = JSON.parse(await text(request));
      this.#acknowledge(StreamVersion.parse(body.version).sequence);
      response.writeHead(204).end();
      return;
    }
    this.#stream = response;
    const changes = Array.from(this.#entries, ([key, route]) => ({
      key,
      value: JSON.parse(JSON.stringify(route)),
    }));
    this.#send({ type: "snapshot", version: this.#version(), changes });
    const beat = setInterval(
      () => this.#send({ type: "heartbeat", version: this.#version() }),
      5_000,
    );
    response.once("close", () => clearInterval(beat));
  }

  #acknowledge(sequence: number): void {
    const nowMs = performance.now();
    for (let one = this.#acknowledged + 1; one <= sequence; one++) {
      const waiting = this.#waiting.get(one);
      this.#waiting.delete(one);
      if (!waiting) continue;
      this.latenciesMs.push(nowMs - waiting.sinceMs);
      waiting.done();
    }
    this.#acknowledged = Math.max(this.#acknowledged, sequence);
  }

  #send(message: StreamMessage): void {
    this.#stream?.write(`${JSON.stringify(message)}\n`);
  }

  #version(): StreamVersion {
    return { history: HISTORY, epoch: 1, sequence: this.#sequence };
  }
}
