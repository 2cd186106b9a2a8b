import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Authorizer } from "./authorization/authorizer.ts";
import { Dispatcher, type Served } from "./dispatcher.ts";
import type { ProxyEngine } from "./engine/proxy-engine.ts";
import type { Exchange } from "./exchange/exchange.ts";
import type { ClientAnswer } from "./exchange/client-answer.ts";
import { linger } from "./exchange/linger.ts";
import { protocolFault } from "./exchange/protocol-fault.ts";
import { rawValues, readTarget, type RequestTarget } from "./exchange/request-target.ts";
import { AccessLog } from "./observe/access-log.ts";
import type { Log } from "./observe/log.ts";
import { certificateFacts } from "./observe/certificate-facts.ts";
import type { Gauges, Metrics, MetricsIncrement } from "./observe/metrics.ts";
import { MetricsStore } from "./observe/metrics-store.ts";
import { render as renderMetrics } from "./observe/prometheus.ts";
import { randomHex } from "./observe/random-hex.ts";
import { traceOf } from "./observe/trace-context.ts";
import { isForStatus, statusAnswer } from "./observe/status.ts";
import { type Refusal, refusal } from "./refusals/refusal.ts";
import { type ErrorPages, render } from "./refusals/render.ts";
import type { Routing } from "./routing.ts";
import { Exchanges } from "./server/exchanges.ts";
import type { ListenerUser } from "./server/listener.ts";
import { challengeAnswer } from "./tls/acme.ts";
import type { TlsState } from "./tls/tls-state.ts";

export interface GatewayParts {
  readonly engine: ProxyEngine;
  readonly routing: Routing;
  readonly authorizer: Authorizer;
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
  /** What is counted of this process; shared with whoever counts handshakes. */
  readonly metrics: Metrics;
  /** Metrics of the whole gateway, as text; default: of this process alone. */
  readonly metricsText?: () => Promise<string>;
  /** Share of the requests without a trace of their own that the access log shows, from 0 to 1; default: all. */
  readonly sampleRate?: number;
  /** Lines that the access log writes a second, on average; default 20. */
  readonly logLinesPerSecond?: number;
  /** Open connections of clients. */
  readonly clientConnections: () => number;
}

/** Answers every request that a listener reads: by an upstream, by a refusal, or about the gateway itself. */
export class Gateway implements ListenerUser {
  readonly exchanges = new Exchanges();
  readonly #parts: GatewayParts;
  readonly #dispatcher: Dispatcher;
  readonly #metrics: Metrics;
  readonly #sample: () => boolean;
  readonly #access: AccessLog;
  #isClosing = false;
  #isLame = false;

  constructor(parts: GatewayParts) {
    const { engine, routing, authorizer, tls, httpsPort, waitMs, now, random, log } = parts;
    const { health, outliers, inFlight, states, waiting, room } = routing;
    const table = () => routing.table;
    const { sampleRate = 1 } = parts;
    this.#parts = parts;
    this.#metrics = parts.metrics;
    this.#sample = () => random() < sampleRate;
    this.#access = new AccessLog({
      log,
      now,
      linesPerSecond: parts.logLinesPerSecond ?? 20,
      onOmitted: () => this.#metrics.lineOmitted(),
    });
    this.#dispatcher = new Dispatcher({
      engine,
      health,
      outliers,
      inFlight,
      waiting,
      states,
      authorizer,
      https: { hasPublic: (host) => tls.hasPublic(host), port: httpsPort },
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

  /** Whether clients are asked to go elsewhere: each answer is then the last of its connection. */
  drain(isLame: boolean): void {
    this.#isLame = isLame;
    if (isLame) this.exchanges.closeAfterAnswers();
  }

  /** What was counted since this was called last. */
  takeMetrics(): MetricsIncrement {
    return this.#metrics.take(this.#gauges());
  }

  #answer(request: IncomingMessage, response: ClientAnswer, upgradeHead?: Buffer): void {
    // Sockets may fail at any time; what that means is seen where the answer is written.
    request.on("error", () => {});
    response.on("error", () => {});
    if (this.#isClosing || this.#isLame) response.shouldKeepAlive = false;
    const target = readTarget(request.url ?? "", rawValues(request.rawHeaders, "host"));
    const fault = protocolFault(request);
    if (fault) this.#refuse(response, fault);
    else if (typeof target === "string") this.#refuse(response, refusal("invalid-request", target));
    else if (isForStatus(target, request.socket.remoteAddress))
      void this.#tellStatus(response, target);
    else if (this.#tellChallenge(request, response, target)) return;
    else {
      const startedAtMs = this.#parts.now();
      const trace = traceOf(request.headers, randomHex, this.#sample);
      const base = { ...target, request, response, startedAtMs, trace };
      void this.#serve(upgradeHead ? { ...base, upgradeHead } : base);
    }
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { response } = exchange;
    this.exchanges.begin(exchange);
    try {
      const served = await this.#dispatcher.serve(exchange);
      if (served.refusal) this.#refuse(response, served.refusal, served.errorPages);
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

  #refuse(response: ClientAnswer, refused: Refusal, pages?: ErrorPages): void {
    this.#metrics.refused(refused.kind);
    const { status, headers, body } = render(refused, response.req.headers.accept, pages);
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
    const tookMs = this.#parts.now() - exchange.startedAtMs;
    if (served.route !== undefined && served.end !== "client-gone")
      this.#metrics.answeredBy(served.route, status, tookMs);
    this.#access.served(exchange, served, status);
  }

  async #tellStatus(response: ClientAnswer, { path }: RequestTarget): Promise<void> {
    const { status, contentType, body } = await statusAnswer(path, {
      health: () => this.#health(),
      isDraining: () => this.#isClosing || this.#isLame,
      identityKeys: () => this.#parts.authorizer.identity.keySet,
      metrics: this.#parts.metricsText ?? (() => this.#ownMetrics()),
    });
    const headers = { "content-type": contentType, "cache-control": "no-store" };
    this.#write(response, status, headers, body);
  }

  async #ownMetrics(): Promise<string> {
    const { routing, isConnected, now } = this.#parts;
    const { gauges, ...counted } = this.takeMetrics();
    const store = new MetricsStore(now());
    store.add([counted], () => true, now());
    const facts = {
      hosts: routing.table?.hosts ?? 0,
      controlConnected: isConnected() ? 1 : 0,
      workers: {},
      tableVersion: 0,
      workerDeaths: 0,
      certificates: certificateFacts(
        this.#parts.tls.certificates.all().map(({ name, notAfterMs }) => [name, notAfterMs]),
        Date.now(),
      ),
    };
    return renderMetrics(store.report([gauges], facts), false);
  }

  #health(): Record<string, unknown> {
    const { routing, isConnected } = this.#parts;
    const { inFlight, waiting } = this.#gauges();
    return {
      status: this.#isClosing ? "closing" : this.#isLame ? "draining" : "ok",
      hasTable: routing.table !== undefined,
      controlConnected: isConnected(),
      hosts: routing.table?.hosts ?? 0,
      inFlight,
      waiting,
    };
  }

  #gauges(): Gauges {
    const { routing, engine, clientConnections } = this.#parts;
    const { active, idle } = engine.connections();
    return {
      inFlight: routing.inFlight.total,
      waiting: routing.room.size,
      clientConnections: clientConnections(),
      upstreamActive: active,
      upstreamIdle: idle,
      upstreamsAside: routing.health.size,
    };
  }
}

const INTERNAL = refusal("internal", "the gateway failed to handle the request; its log says why");
