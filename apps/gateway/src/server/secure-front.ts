import type { Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { Http2Listener } from "../h2/http2-listener.ts";
import type { Log } from "../observe/log.ts";
import { Handshakes } from "../tls/handshakes.ts";
import type { TlsState } from "../tls/tls-state.ts";
import type { FrontUser } from "./front.ts";
import { tryListen } from "./listen.ts";
import { createListener, type ListenerLimits } from "./listener.ts";

/** As long as idle plain connections are left after the end began; see `Front`. */
const IDLE_LINGER_MS = 300;

export interface SecureFrontParts {
  readonly limits: ListenerLimits;
  readonly state: TlsState;
  readonly log: Log;
  /** Milliseconds, never going back. */
  readonly now: () => number;
}

/** The listening sockets for HTTPS on all addresses: handshakes first, then HTTP/1.1 or HTTP/2 as they agreed. */
export class SecureFront {
  readonly #parts: SecureFrontParts;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #http1: HttpServer | undefined;
  #http2: Http2Listener | undefined;

  constructor(parts: SecureFrontParts) {
    this.#parts = parts;
  }

  /** Open connections of clients, those that shake hands included. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** As `Front.listen`; an address that the machine does not have was said there already. */
  async listen(user: FrontUser, addresses: readonly string[], port: number): Promise<number> {
    const handshakes = this.#speak(user);
    let chosen = port;
    for (const address of addresses) {
      const server = createServer({ noDelay: true }, (socket) => {
        this.#track(socket);
        handshakes.begin(socket);
      });
      server.maxConnections = this.#parts.limits.maxConnections;
      const listening = await tryListen(server, address, chosen);
      if (listening === undefined) continue;
      chosen = listening;
      this.#servers.push(server);
    }
    return chosen;
  }

  /** Takes no new connection, lets requests finish for at most `deadlineMs`, then closes what is left. */
  async close(user: FrontUser, deadlineMs: number): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    user.beginClosing();
    this.#http2?.announceEnd();
    await delay(Math.min(IDLE_LINGER_MS, deadlineMs));
    this.#http1?.closeIdleConnections();
    this.#http2?.endSessions();
    await user.exchanges.whenQuiet(Math.max(0, deadlineMs - IDLE_LINGER_MS));
    for (const socket of this.#sockets) socket.destroySoon();
    await Promise.race([Promise.all(closed), delay(IDLE_LINGER_MS, undefined, { ref: false })]);
    for (const socket of this.#sockets) socket.destroy();
    this.#http1?.close();
    this.#http2?.stop();
    await Promise.all(closed);
  }

  #speak(user: FrontUser): Handshakes {
    const { limits, state, now } = this.#parts;
    const http1 = createListener(user, limits);
    const http2 = new Http2Listener(user, limits, now);
    this.#http1 = http1;
    this.#http2 = http2;
    // It never listens itself; this is what starts its look-out for late headers.
    http1.emit("listening");
    const onSecure = (socket: TLSSocket): void => {
      socket.on("error", () => {});
      if (socket.alpnProtocol === "h2") http2.begin(socket);
      else http1.emit("connection", socket);
    };
    return new Handshakes({ state, timeoutMs: limits.headersTimeoutMs, onSecure });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
