import type { AcmeChallenge, Certificate, Route } from "@bastide/contracts";
import { acmeChallengeKey, certificateKey, routeKey } from "@bastide/contracts";
import { applyTable } from "../../src/control/apply-table.ts";
import type { TableEntry } from "../../src/control/table-entry.ts";
import { HttpProxyEngine } from "../../src/engine/http-proxy-engine.ts";
import { Gateway } from "../../src/gateway.ts";
import { Routing } from "../../src/routing.ts";
import { Front } from "../../src/server/front.ts";
import type { ListenerLimits } from "../../src/server/listener.ts";
import { SecureFront } from "../../src/server/secure-front.ts";
import { TlsState } from "../../src/tls/tls-state.ts";

export interface TestGatewayOptions extends Partial<ListenerLimits> {
  readonly waitMs?: number;
  readonly answerMs?: number;
  readonly random?: () => number;
  /** The time of day, as certificates see it. */
  readonly nowMs?: () => number;
}

/** What a test puts into the table besides routes. */
export interface Secrets {
  readonly certificates?: readonly Certificate[];
  readonly challenges?: readonly AcmeChallenge[];
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>> | undefined;
}

const now = (): number => performance.now();

/** A gateway in this process, on a port of its own, whose table the test sets by hand. */
export class TestGateway implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  readonly engine: HttpProxyEngine;
  readonly routing: Routing;
  readonly gateway: Gateway;
  readonly front: Front;
  readonly secure: SecureFront;
  readonly tls: TlsState;
  port = 0;
  httpsPort: number | undefined;
  idle = 0;

  constructor(options: TestGatewayOptions) {
    const log = (level: string, message: string, facts?: LogLine["facts"]) =>
      void this.lines.push({ level, message, facts });
    const engine = new HttpProxyEngine({
      connectMs: 1_000,
      answerMs: options.answerMs ?? 5_000,
      idleMs: 4_000,
    });
    const routing = new Routing({ engine, now, onIdle: () => (this.idle += 1) });
    this.engine = engine;
    this.routing = routing;
    this.tls = new TlsState(options.nowMs ?? Date.now);
    const limits = {
      headersTimeoutMs: 10_000,
      idleTimeoutMs: 10_000,
      maxConnections: 1_000,
      ...options,
    };
    this.front = new Front(limits, log);
    this.secure = new SecureFront({ limits, state: this.tls, log, now });
    this.gateway = new Gateway({
      engine,
      routing,
      tls: this.tls,
      httpsPort: () => this.httpsPort,
      log,
      waitMs: options.waitMs ?? 3_000,
      now,
      random: options.random ?? Math.random,
      isConnected: () => true,
      clientConnections: () => this.front.connections,
    });
  }

  static async start(
    routes?: readonly Route[],
    options: TestGatewayOptions = {},
  ): Promise<TestGateway> {
    const started = new TestGateway(options);
    if (routes) started.apply(routes);
    started.port = await started.front.listen(started.gateway, ["127.0.0.1"], 0);
    return started;
  }

  /** With HTTPS beside HTTP. */
  static async startSecure(
    routes: readonly Route[],
    secrets: Secrets,
    options: TestGatewayOptions = {},
  ): Promise<TestGateway> {
    const started = new TestGateway(options);
    started.applyAll(routes, secrets);
    started.port = await started.front.listen(started.gateway, ["127.0.0.1"], 0);
    started.httpsPort = await started.secure.listen(started.gateway, ["127.0.0.1"], 0);
    return started;
  }

  /** A whole state, as the stream brings one. */
  applyAll(routes: readonly Route[], { certificates = [], challenges = [] }: Secrets): void {
    const state = new Map<string, TableEntry>([
      ...routes.map((route) => [routeKey(route), route] as const),
      ...certificates.map((one) => [certificateKey(one), one] as const),
      ...challenges.map((one) => [acmeChallengeKey(one), one] as const),
    ]);
    applyTable(this, state, [...state.keys()], false);
  }

  apply(routes: readonly Route[], changed: readonly Route[] = routes): void {
    this.routing.apply(routes, changed);
  }

  /** Lines of errors: there must be none after a test that is not about them. */
  get errors(): LogLine[] {
    return this.lines.filter(({ level }) => level === "error");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.front.close(this.gateway, 0), this.secure.close(this.gateway, 0)]);
    this.engine.close();
  }
}
