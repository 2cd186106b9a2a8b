import type { AcmeChallenge, Certificate, Route } from "@bastide/contracts";
import { acmeChallengeKey, certificateKey, routeKey } from "@bastide/contracts";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { Authorizer } from "../../src/authorization/authorizer.ts";
import type { TokenCheckLimits } from "../../src/authorization/token-check.ts";
import { type EntryChange, parseEntry } from "../../src/control/entry.ts";
import { HttpProxyEngine } from "../../src/engine/http-proxy-engine.ts";
import { Gateway } from "../../src/gateway.ts";
import { Metrics } from "../../src/observe/metrics.ts";
import { Routing } from "../../src/routing.ts";
import { Front } from "../../src/server/front.ts";
import type { ListenerLimits } from "../../src/server/listener.ts";
import { identityKey } from "../../src/identity/identity-key.ts";
import { SecureFront } from "../../src/server/secure-front.ts";
import { checkCertificates } from "../../src/tls/check-certificate.ts";
import { TlsState } from "../../src/tls/tls-state.ts";
import { putIntoForce } from "../../src/worker/table-keeper.ts";

export interface TestGatewayOptions extends Partial<ListenerLimits> {
  readonly waitMs?: number;
  readonly answerMs?: number;
  readonly random?: () => number;
  readonly timeOfDay?: () => number;
  readonly tokens?: TokenCheckLimits;
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
  readonly metrics = new Metrics();
  readonly engine: HttpProxyEngine;
  readonly routing: Routing;
  readonly authorizer: Authorizer;
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
    const { timeOfDay = Date.now, tokens } = options;
    const limits = {
      headersTimeoutMs: 10_000,
      idleTimeoutMs: 10_000,
      maxConnections: 1_000,
      ...options,
    };
    this.tls = new TlsState(timeOfDay);
    this.front = new Front(limits, log);
    this.secure = new SecureFront({
      limits,
      state: this.tls,
      clientAuthoritiesFor: (host) => routing.clientAuthoritiesFor(host),
      ticketKeys: randomBytes(48),
      now,
      counts: this.metrics,
    });
    this.authorizer = new Authorizer({
      now,
      timeOfDay,
      identityKey: identityKey(generateKeyPairSync("ed25519").privateKey),
      ...(tokens && { limits: tokens }),
    });
    this.authorizer.freshness.heard(0);
    this.gateway = new Gateway({
      engine,
      routing,
      authorizer: this.authorizer,
      tls: this.tls,
      httpsPort: () => this.httpsPort,
      log,
      waitMs: options.waitMs ?? 3_000,
      now,
      random: options.random ?? Math.random,
      isConnected: () => true,
      metrics: this.metrics,
      clientConnections: () => this.front.connections + this.secure.connections,
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
    const state = [
      ...routes.map((route) => [routeKey(route), route] as const),
      ...certificates.map((one) => [certificateKey(one), one] as const),
      ...challenges.map((one) => [acmeChallengeKey(one), one] as const),
    ];
    this.#put(state, true);
  }

  apply(routes: readonly Route[], changed: readonly Route[] = routes): void {
    this.routing.apply(routes, changed);
  }

  /** Puts anything of the stream into force, as a worker does. Throws when it is no table. */
  change(...entries: readonly (readonly [key: string, value: unknown])[]): void {
    const changes = entries.map(
      ([key, value]) => [key, value === null ? null : parseEntry(key, value)] as const,
    );
    this.#put(changes, false);
  }

  #put(changes: readonly EntryChange[], isWhole: boolean): void {
    checkCertificates(changes);
    const { routing, tls, authorizer } = this;
    putIntoForce({ routing, tls, trust: authorizer.trust }, changes, isWhole);
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
