import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Dispatcher, type Served } from "./dispatcher.ts";
import type { ProxyEngine } from "./engine/proxy-engine.ts";
import type { Exchange } from "./exchange/exchange.ts";
import type { ClientAnswer } from "./exchange/client-answer.ts";
import { linger } from "./exchange/linger.ts";
import { rawValues, readTarget, type RequestTarget } from "./exchange/request-target.ts";
import { AccessLog } from "./observe/access-log.ts";
import type { Log } from "./observe/log.ts";
import { type Gauges, Metrics } from "./observe/metrics.ts";
import { isForStatus, statusAnswer } from "./observe/status.ts";
import { type Refusal, refusal } from "./refusals/refusal.ts";
import { render } from "./refusals/render.ts";
import type { Routing } from "./routing.ts";
import { Exchanges } from "./server/exchanges.ts";
import type { ListenerUser } from "./server/listener.ts";
import { challengeAnswer } from "./tls/acme.ts";
import { admit, type Admission, misdirected } from "./tls/admission.ts";
import { secureConnectionOf } from "./tls/secure-connections.ts";
import type { TlsState } from "./tls/tls-state.ts";

export interface GatewayParts {
  readonly engine: ProxyEngine;
  readonly routing: Routing;
  readonly tls: TlsState;
  /** Where this gateway speaks HTTPS; undefined when it does not. */
  readonly httpsPort: () => number | undefined;
  readonly log: Log;
  readonly waitMs: number;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  readonly random: () => number;
  /** Whether the control plane is reached now. */
  readonly isConnected: () => boolean;
  /** Open connections of clients. */
  readonly clientConnections: () => number;
}

/** Answers every request that a listener reads: by an upstream, by a refusal, or about the gateway itself. */
export class Gateway implements ListenerUser {
  readonly exchanges = new Exchanges();
  readonly #parts: GatewayParts;
  readonly #dispatcher: Dispatcher;
  readonly #metrics = new Metrics();
  readonly #access: AccessLog;
  #isClosing = false;

  constructor(parts: GatewayParts) {
    const { engine, routing, waitMs, now, random, log } = parts;
    const { health, inFlight, room } = routing;
    const table = () => routing.table;
    this.#parts = parts;
    this.#access = new AccessLog(log, now);
    this.#dispatcher = new Dispatcher({
      engine,
      health,
      inFlight,
      room,
      table,
      now,
      random,
      waitMs,
    });
  }

  onRequest(request: IncomingMessage, response: ClientAnswer): void {
    this.#answer(request, response);
  }

  onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    // Node's server does both for an ordinary request's response, and nothing for this one.
    socket.on("drain", () => response.emit("drain"));
    response.once("finish", () => socket.destroySoon());
    this.#answer(request, response, head);
  }

  stateOf(socket: Duplex): "free" | "answering" | "client-due" {
    return this.exchanges.stateOf(socket);
  }

  /** From now on every answer is the last of its connection. */
  beginClosing(): void {
    this.#isClosing = true;
    this.exchanges.closeAfterAnswers();
  }

  #answer(request: IncomingMessage, response: ClientAnswer, upgradeHead?: Buffer): void {
    // Sockets may fail at any time; what that means is seen where the answer is written.
    request.on("error", () => {});
    response.on("error", () => {});
    if (this.#isClosing) response.shouldKeepAlive = false;
    const target = readTarget(request.url ?? "", rawValues(request.rawHeaders, "host"));
    if (typeof target === "string") this.#refuse(response, refusal("invalid-request", target));
    else if (isForStatus(target, request.socket.remoteAddress)) this.#tellStatus(response, target);
    else if (this.#tellChallenge(request, response, target)) return;
    else if ((request.headers["transfer-encoding"] ?? "chunked").toLowerCase() !== "chunked")
      this.#refuse(response, CODING);
    else {
      const startedAtMs = this.#parts.now();
      const base = { ...target, request, response, startedAtMs };
      void this.#serve(upgradeHead ? { ...base, upgradeHead } : base);
    }
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { response } = exchange;
    this.exchanges.begin(exchange);
    try {
      const admission = this.#admit(exchange);
      const served = await this.#serveAdmitted(exchange, admission);
      this.#record(exchange, served);
    } catch (cause) {
      this.#parts.log("error", "a request failed inside the gateway", {
        host: exchange.host,
        cause: cause instanceof Error ? cause.stack : String(cause),
      });
      if (response.headersSent) response.destroy();
      else this.#refuse(response, INTERNAL);
    } finally {
      this.exchanges.end(exchange);
    }
  }

  /** The connection first: a host that it is not for gets no answer about its routes. */
  #admit({ host, path, target, request }: Exchange): Admission {
    const { routing, tls, httpsPort } = this.#parts;
    const asked = { host, target, connection: secureConnectionOf(request.socket) };
    const wrong = misdirected(asked);
    if (wrong) return { kind: "refused", refusal: wrong };
    const route = routing.table?.find(host, path);
    if (!route) return { kind: "admitted" };
    return admit(asked, {
      settings: route.settings,
      hasPublicCertificate: tls.hasPublic(host),
      httpsPort: httpsPort(),
    });
  }

  async #serveAdmitted(exchange: Exchange, admission: Admission): Promise<Served> {
    const { response } = exchange;
    if (admission.kind === "redirect") {
      this.#write(response, 308, { location: admission.location, "content-length": "0" }, "");
      return { end: "answered", attempts: 0 };
    }
    if (admission.kind === "refused") {
      this.#refuse(response, admission.refusal);
      return { end: "refused", refusal: admission.refusal, attempts: 0 };
    }
    const { client } = admission;
    const served = await this.#dispatcher.serve(client ? { ...exchange, client } : exchange);
    if (served.refusal) this.#refuse(response, served.refusal);
    return served;
  }

  /** What an authority looks for comes before every route and every redirect (RFC 8555 §8.3). */
  #tellChallenge(request: IncomingMessage, response: ClientAnswer, target: RequestTarget): boolean {
    const body = challengeAnswer(this.#parts.tls.certificates, request.method, target);
    if (body === undefined) return false;
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(body.length),
      "cache-control": "no-store",
    };
    this.#write(response, 200, headers, body);
    return true;
  }

  #refuse(response: ClientAnswer, refused: Refusal): void {
    this.#metrics.refused(refused.kind);
    const { status, headers, body } = render(refused, response.req.headers.accept);
    this.#write(response, status, headers, body);
  }

  #write(
    response: ClientAnswer,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): void {
    if (response.destroyed) return;
    response.once("finish", () => linger(response.req));
    response.writeHead(status, headers);
    response.end(body);
  }

  #record(exchange: Exchange, served: Served): void {
    const isTunnel = exchange.upgradeHead !== undefined && served.end === "answered";
    const status = isTunnel && !exchange.response.headersSent ? 101 : exchange.response.statusCode;
    this.#metrics.served(served.end, status, served.attempts);
    this.#access.served(exchange, served, status);
  }

  #tellStatus(response: ClientAnswer, { path }: RequestTarget): void {
    const { contentType, body } = statusAnswer(
      path,
      () => this.#health(),
      () => this.#metrics.render(this.#gauges()),
    );
    const headers = { "content-type": contentType, "cache-control": "no-store" };
    this.#write(response, 200, headers, body);
  }

  #health(): Record<string, unknown> {
    const { hosts, controlConnected, inFlight, waiting } = this.#gauges();
    return {
      status: this.#isClosing ? "closing" : "ok",
      hasTable: this.#parts.routing.table !== undefined,
      controlConnected: controlConnected === 1,
      hosts,
      inFlight,
      waiting,
    };
  }

  #gauges(): Gauges {
    const { routing, engine, clientConnections, isConnected } = this.#parts;
    const { active, idle } = engine.connections();
    return {
      inFlight: routing.inFlight.total,
      waiting: routing.room.size,
      clientConnections: clientConnections(),
      upstreamActive: active,
      upstreamIdle: idle,
      upstreamsAside: routing.health.size,
      hosts: routing.table?.hosts ?? 0,
      controlConnected: isConnected() ? 1 : 0,
    };
  }
}

const INTERNAL = refusal("internal", "the gateway failed to handle the request; its log says why");
const CODING = refusal("unsupported-encoding", "the only transfer coding taken is chunked");
