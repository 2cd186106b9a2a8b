import { performance } from "node:perf_hooks";
import { Authorizer } from "../authorization/authorizer.ts";
import { HttpProxyEngine } from "../engine/http-proxy-engine.ts";
import { explainRequest } from "../explain/explain-request.ts";
import { readIdentityKey } from "../identity/identity-key.ts";
import { Gateway } from "../gateway.ts";
import type { Log } from "../observe/log.ts";
import { Metrics } from "../observe/metrics.ts";
import { Routing } from "../routing.ts";
import { Front } from "../server/front.ts";
import { Fronts } from "../server/fronts.ts";
import { SecureFront } from "../server/secure-front.ts";
import { TlsState } from "../tls/tls-state.ts";
import { Channel } from "./channel.ts";
import type { Question, ToWorker, WorkerSettings, WorkerStatus } from "./messages.ts";
import { takeTable } from "./table-keeper.ts";

/** Below the 5 s after which Node's own servers close an idle connection. */
const UPSTREAM_IDLE_MS = 4_000;
/** Upstreams are on this machine or next to it. */
const CONNECT_MS = 2_000;
/** For what is under way when the primary was killed: nobody keeps this worker's table current any more. */
const ORPHAN_MS = 10_000;

const now = (): number => performance.now();

/** A worker: answers requests by the table that its primary gives it, on sockets that it shares with other workers. */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #channel = new Channel();
  readonly #engine: HttpProxyEngine;
  readonly #routing: Routing;
  readonly #tls = new TlsState(Date.now);
  readonly #fronts: Fronts;
  readonly #gateway: Gateway;
  readonly #authorizer: Authorizer;
  readonly #metrics = new Metrics();
  #isControlConnected = false;
  #isAccepting = false;

  constructor(settings: WorkerSettings, log: Log) {
    const { identityKeyFile } = settings;
    this.#settings = settings;
    this.#authorizer = new Authorizer({
      now,
      timeOfDay: Date.now,
      ...(identityKeyFile !== undefined && { identityKey: readIdentityKey(identityKeyFile) }),
    });
    const timeouts = {
      connectMs: CONNECT_MS,
      answerMs: settings.answerMs,
      idleMs: UPSTREAM_IDLE_MS,
    };
    this.#engine = new HttpProxyEngine(timeouts, settings.peerDirectory);
    const onIdle = (): void =>
      void this.#channel.send({ type: "busy", busy: this.#routing.busy() });
    this.#routing = new Routing({ engine: this.#engine, now, onIdle });
    const routing = this.#routing;
    const secure = new SecureFront({
      limits: settings,
      state: this.#tls,
      clientAuthoritiesFor: (host) => routing.clientAuthoritiesFor(host),
      ticketKeys: Buffer.from(settings.ticketKeys, "base64"),
      now,
      counts: this.#metrics,
    });
    this.#fronts = new Fronts(new Front(settings, log), secure);
    this.#gateway = new Gateway({
      engine: this.#engine,
      routing: this.#routing,
      authorizer: this.#authorizer,
      tls: this.#tls,
      httpsPort: () => settings.httpsPort,
      log,
      waitMs: settings.waitMs,
      now,
      random: Math.random,
      sampleRate: settings.sampleRate,
      logLinesPerSecond: settings.logLinesPerSecond,
      isConnected: () => this.#isControlConnected,
      metrics: this.#metrics,
      metricsText: async () => String(await this.#channel.ask("metrics")),
      clientConnections: () => this.#fronts.connections,
    });
  }

  start(): void {
    this.#channel.listen(
      (message) => this.#take(message),
      () => void this.#end(() => this.#fronts.close(this.#gateway, ORPHAN_MS)),
    );
  }

  #take(message: ToWorker): void {
    switch (message.type) {
      case "table":
        return void this.#channel.send(
          takeTable(
            { routing: this.#routing, trust: this.#authorizer.trust, tls: this.#tls },
            message,
          ),
        );
      case "accept":
        return void this.#accept();
      case "retire":
        return void this.#end(() => this.#fronts.retire(this.#gateway, message.deadlineMs));
      case "stop":
        return void this.#end(() => this.#fronts.close(this.#gateway, message.deadlineMs));
      case "control":
        this.#isControlConnected = message.isConnected;
        return;
      case "heard":
        return this.#authorizer.freshness.heard(message.agoMs);
      case "drain":
        this.#fronts.drain(message.isLame);
        return this.#gateway.drain(message.isLame);
      case "ask":
        return void this.#answer(message.id, message.question);
      case "answer":
        return;
    }
  }

  async #accept(): Promise<void> {
    if (this.#isAccepting) return;
    this.#isAccepting = true;
    try {
      await this.#fronts.adopt(this.#gateway, this.#settings.descriptors);
      void this.#channel.send({ type: "listening" });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      void this.#channel.send({ type: "cannot-listen", reason });
    }
  }

  async #answer(id: number, question: Question): Promise<void> {
    const parts = {
      routing: this.#routing,
      authorizer: this.#authorizer,
      tls: this.#tls,
      httpsPort: () => this.#settings.httpsPort,
    };
    const value =
      question === "metrics"
        ? this.#gateway.takeMetrics()
        : question === "status"
          ? this.#status()
          : await explainRequest(parts, question);
    void this.#channel.send({ type: "answer", id, value });
  }

  #status(): WorkerStatus {
    const { inFlight, health } = this.#routing;
    return {
      connections: this.#fronts.connections,
      inFlight: [...inFlight.counts],
      aside: [...health.aside],
    };
  }

  /** Of several orders to end the first that is carried out counts. */
  async #end(end: () => Promise<void>): Promise<void> {
    await end();
    this.#engine.close();
    await this.#channel.send({ type: "last-metrics", increment: this.#gateway.takeMetrics() });
    process.exit();
  }
}
