import type { Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { Http2Listener } from "../h2/http2-listener.ts";
import { type HandshakeCounts, Handshakes } from "../tls/handshakes.ts";
import type { TlsState } from "../tls/tls-state.ts";
import type { FrontUser } from "./front.ts";
import { listenOn, tryListen } from "./listen.ts";
import { createListener, type ListenerLimits, stopAccepting } from "./listener.ts";

/** As long as idle plain connections are left after the end began; see `Front`. */
const IDLE_LINGER_MS = 300;

export interface SecureFrontParts {
  readonly limits: ListenerLimits;
  readonly state: TlsState;
  /** PEM of those whose certificates a host wants of clients. */
  readonly clientAuthoritiesFor: (host: string) => readonly string[];
  /** What sessions are resumed by (48 bytes): every process of a gateway has the same. */
  readonly ticketKeys: Buffer;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  readonly counts: HandshakeCounts;
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
      const server = this.#server(handshakes);
      const listening = await tryListen(server, address, chosen);
      if (listening === undefined) continue;
      chosen = listening;
      this.#servers.push(server);
    }
    return chosen;
  }

  /** Takes connections from sockets that another process has bound, by their descriptors in this one. */
  async adopt(user: FrontUser, descriptors: readonly number[]): Promise<void> {
    if (descriptors.length === 0) return;
    const handshakes = this.#speak(user);
    for (const fd of descriptors) {
      const server = this.#server(handshakes);
      await listenOn(server, fd);
      this.#servers.push(server);
    }
  }

  /** Whether clients are asked to go elsewhere; over HTTP/1.1 their answers tell them. */
  drain(isLame: boolean): void {
    this.#http2?.leave(isLame);
  }

  /** As `Front.retire`: sessions of HTTP/2 end with the streams that they have. */
  async retire(user: FrontUser, deadlineMs: number): Promise<void> {
    const closed = this.#stopAccepting();
    user.beginClosing();
    this.#http2?.leave(true);
    const timer = setTimeout(() => this.#cut(), deadlineMs);
    await closed;
    clearTimeout(timer);
    this.#http2?.stop();
  }

  /** Takes no new connection, lets requests finish for at most `deadlineMs`, then closes what is left. */
  async close(user: FrontUser, deadlineMs: number): Promise<void> {
    const closed = this.#stopAccepting();
    user.beginClosing();
    this.#http2?.leave(true);
    await delay(Math.min(IDLE_LINGER_MS, deadlineMs));
    this.#http1?.closeIdleConnections();
    await user.exchanges.whenQuiet(Math.max(0, deadlineMs - IDLE_LINGER_MS));
    for (const socket of this.#sockets) socket.destroySoon();
    await Promise.race([closed, delay(IDLE_LINGER_MS, undefined, { ref: false })]);
    this.#cut();
    this.#http1?.close();
    this.#http2?.stop();
    await closed;
  }

  #server(handshakes: Handshakes): Server {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#track(socket);
      handshakes.begin(socket);
    });
    server.maxConnections = this.#parts.limits.maxConnections;
    return server;
  }

  async #stopAccepting(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => stopAccepting(server, resolve))),
    );
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #speak(user: FrontUser): Handshakes {
    const { limits, state, clientAuthoritiesFor, ticketKeys, now, counts } = this.#parts;
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
    return new Handshakes({
      state,
      clientAuthoritiesFor,
      ticketKeys,
      timeoutMs: limits.headersTimeoutMs,
      counts,
      onSecure,
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
