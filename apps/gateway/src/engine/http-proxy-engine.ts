import { type Agent, ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { Stream } from "node:stream";
import type { ServerOptions } from "http-proxy";
import { connectionName } from "./connection-name.ts";
import { follow } from "./follow.ts";
import { HttpProxy } from "./load-http-proxy.ts";
import {
  type Attempt,
  type AttemptOutcome,
  type EngineTimeouts,
  ProxyEngine,
  type UpstreamAddress,
} from "./proxy-engine.ts";
import { Tunnels } from "./tunnels.ts";
import { TunnelOpener } from "./tunnel-opener.ts";
import { UpstreamAgent } from "./upstream-socket.ts";

/** Idle connections kept per upstream. */
const MAX_IDLE = 64;

/**
 * The engine on http-proxy 1.18.1. http-proxy makes the request to the upstream; the answer's way back, upgrades and
 * every socket's end are ours, since http-proxy leaves sockets open when a client or an upstream goes away, sends
 * bodies of DELETE and OPTIONS outside their framing, rewrites double slashes, and cannot try again.
 */
export class HttpProxyEngine extends ProxyEngine {
  readonly #timeouts: EngineTimeouts;
  readonly #agent: Agent;
  readonly #tunnels: Tunnels;
  readonly #proxy = HttpProxy.createProxyServer({ selfHandleResponse: true, toProxy: true });

  /** `peerDirectory`: where the certificate is that other nodes know this gateway by; without one none is reached. */
  constructor(timeouts: EngineTimeouts, peerDirectory?: string) {
    super();
    this.#timeouts = timeouts;
    const opener = new TunnelOpener(peerDirectory, timeouts.connectMs);
    this.#agent = new UpstreamAgent(
      { keepAlive: true, maxFreeSockets: MAX_IDLE, timeout: timeouts.idleMs },
      opener,
    );
    this.#tunnels = new Tunnels(timeouts, opener);
  }

  forward(attempt: Attempt): Promise<AttemptOutcome> {
    return new Promise((resolve) => {
      const body = new RequestBody(
        (outgoing) => void this.#follow(attempt, outgoing).then(resolve),
      );
      try {
        // A new request object per attempt: http-proxy changes its headers and adds listeners that it never removes.
        const request = new IncomingMessage(attempt.request.socket);
        Object.assign(request.headers, attempt.headers);
        request.url = "/";
        this.#proxy.web(
          request,
          // It looks at one and, told so, writes nothing to it: the answer's way to the client is ours.
          new ServerResponse(request),
          { ...this.#optionsOf(attempt), buffer: body },
          () => {}, // Errors are seen on the outgoing request itself.
        );
      } catch {
        resolve({ kind: "failed", reason: "invalid", isSent: false });
      }
    });
  }

  upgrade(attempt: Attempt, head: Buffer): Promise<AttemptOutcome> {
    return this.#tunnels.open(attempt, head);
  }

  release(upstream: UpstreamAddress): void {
    const name = this.#agent.getName({ host: connectionName(upstream), port: upstream.port });
    for (const socket of this.#agent.freeSockets[name] ?? []) socket.destroy();
  }

  connections(): { active: number; idle: number } {
    const { sockets, freeSockets } = this.#agent;
    return { active: count(sockets) + this.#tunnels.size, idle: count(freeSockets) };
  }

  close(): void {
    this.#agent.destroy();
    this.#tunnels.close();
    this.#proxy.removeAllListeners();
  }

  #optionsOf({ upstream, request }: Attempt): ServerOptions {
    return {
      target: {
        protocol: "http:",
        host: connectionName(upstream),
        hostname: connectionName(upstream),
        port: upstream.port,
      },
      // Not on the request object, where http-proxy would give every DELETE and OPTIONS a length of nought.
      method: request.method,
      agent: this.#agent,
    };
  }

  /** From the moment http-proxy has made its request, before anything of it is sent. */
  #follow(attempt: Attempt, outgoing: ClientRequest): Promise<AttemptOutcome> {
    outgoing.path = attempt.target;
    return follow(attempt, outgoing, this.#timeouts);
  }
}

const count = (sockets: NodeJS.ReadOnlyDict<unknown[]>): number =>
  Object.values(sockets).reduce((sum, list) => sum + (list?.length ?? 0), 0);

/** Stands for the body that http-proxy pipes into its request; that is the one moment at which it shows the request. */
class RequestBody extends Stream {
  readonly #onRequest: (outgoing: ClientRequest) => void;

  constructor(onRequest: (outgoing: ClientRequest) => void) {
    super();
    this.#onRequest = onRequest;
  }

  override pipe<Destination extends NodeJS.WritableStream>(destination: Destination): Destination {
    if (destination instanceof ClientRequest) this.#onRequest(destination);
    return destination;
  }
}
