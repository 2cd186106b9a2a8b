import { Agent as PlainAgent, type IncomingMessage, request as plainRequest } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { http2Answer } from "./http2-answer.ts";

export interface SecureOptions {
  /** PEM of the only authority that is trusted. */
  readonly ca: string;
  readonly version: "1.1" | "2";
}

export interface CarrierOptions {
  /** Where the gateway is; default: the loopback address. */
  readonly address?: string;
  readonly port: number;
  /** Value of the Host header, and the name that is asked for in handshakes. */
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secure?: SecureOptions;
}

/** How a load's requests reach their server. */
export interface Carrier {
  /** The answer's body; `heard` gets its status as soon as it has begun. Rejects when there is none, or it breaks off. */
  ask(keepAlive: boolean, signal: AbortSignal, heard: (status: number) => void): Promise<string>;
  close(): void;
}

const MOST_KEPT = 64;
const LOOPBACK = "127.0.0.1";

export const carrierFor = (options: CarrierOptions): Carrier =>
  options.secure?.version === "2"
    ? new Http2Carrier(options, options.secure.ca)
    : new Http1Carrier(options);

class Http1Carrier implements Carrier {
  readonly #options: CarrierOptions;
  readonly #agent: PlainAgent;

  constructor(options: CarrierOptions) {
    const kept = { keepAlive: true, maxSockets: MOST_KEPT };
    this.#options = options;
    this.#agent = options.secure ? new SecureAgent(kept) : new PlainAgent(kept);
  }

  async ask(
    keepAlive: boolean,
    signal: AbortSignal,
    heard: (status: number) => void,
  ): Promise<string> {
    const { address = LOOPBACK, port, host, path, method, headers, secure } = this.#options;
    const request = secure ? secureRequest : plainRequest;
    const outgoing = request({
      host: address,
      port,
      path,
      method,
      headers: { ...headers, host },
      agent: keepAlive ? this.#agent : false,
      signal,
      ...(secure ? { ca: secure.ca, servername: host } : {}),
    });
    // What comes after its answer has begun is the answer's to say.
    outgoing.on("error", () => {});
    outgoing.end();
    const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
    heard(incoming.statusCode ?? 0);
    return text(incoming);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Every second request on a connection that they share, as browsers do it, the others each on one of its own. */
class Http2Carrier implements Carrier {
  readonly #options: CarrierOptions;
  readonly #ca: string;
  #shared: ClientHttp2Session | undefined;

  constructor(options: CarrierOptions, ca: string) {
    this.#options = options;
    this.#ca = ca;
  }

  async ask(
    keepAlive: boolean,
    signal: AbortSignal,
    heard: (status: number) => void,
  ): Promise<string> {
    const session = keepAlive ? this.#kept() : this.#connect();
    const { path, method, headers } = this.#options;
    try {
      const head = { ...headers, ":path": path, ":method": method };
      const stream = session.request(head, { signal });
      const { body } = await http2Answer(stream, heard);
      return body;
    } finally {
      if (!keepAlive) session.destroy();
    }
  }

  close(): void {
    this.#shared?.destroy();
  }

  /** One that was told to leave takes no more requests. */
  #kept(): ClientHttp2Session {
    const { closed = true, destroyed = true } = this.#shared ?? {};
    if (closed || destroyed) this.#shared = this.#connect();
    return this.#shared ?? this.#connect();
  }

  #connect(): ClientHttp2Session {
    const { address = LOOPBACK, host, port } = this.#options;
    const session = connectHttp2(`https://${host}:${port}`, {
      ca: this.#ca,
      servername: host,
      host: address,
    });
    // Its streams say what became of them.
    session.on("error", () => {});
    return session;
  }
}
