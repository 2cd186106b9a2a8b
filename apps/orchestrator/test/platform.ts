import {
  type ApiClient,
  type CreateDeployment,
  type Deployment,
  endpoints,
  hasEnded,
  type Instance,
} from "@bastide/contracts";
import { setTimeout as delay } from "node:timers/promises";
import { DataSource } from "typeorm";
import type { Config } from "../src/config.ts";
import { CONTROL_MODULES } from "../src/control-modules.ts";
import { TestGateway } from "./test-gateway.ts";
import { buildOk, TestNode } from "./test-node.ts";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";

/** No test takes longer than this. */
export const signal: AbortSignal = AbortSignal.timeout(110_000);

/** Waits for a condition, at most ten seconds. */
export async function until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within forty seconds: ${what}`);
    await delay(5);
  }
}

/** A whole orchestrator with PostgreSQL, and doubles of one node and one gateway that follow it. */
export class TestPlatform implements AsyncDisposable {
  /** Instances that were stopped while the gateway still used them: there must never be one. */
  readonly violations: string[] = [];
  readonly orchestrator: TestOrchestrator;
  readonly node: TestNode;
  readonly gateway: TestGateway;
  #apps = 0;

  private constructor(orchestrator: TestOrchestrator, node: TestNode, gateway: TestGateway) {
    this.orchestrator = orchestrator;
    this.node = node;
    this.gateway = gateway;
    node.onStop = (id) => {
      if (gateway.uses(id)) this.violations.push(`stopped ${id} while the gateway uses it`);
    };
  }

  static async start(overrides: Partial<Config> = {}): Promise<TestPlatform> {
    const orchestrator = await startOrchestrator(CONTROL_MODULES, {
      // Where the platform's routes lead to; the tests themselves go to the port that it really has.
      listen: { host: "127.0.0.1", port: 7_400 },
      ...overrides,
    });
    const { tokens } = orchestrator;
    const node = await TestNode.start(() => orchestrator.client(tokens.node("n1")));
    const gateway = await TestGateway.start(() => orchestrator.client(tokens.gateway("n1")));
    return new TestPlatform(orchestrator, node, gateway);
  }

  /** Everything works again. */
  calm(): void {
    this.node.behaviour = "ready";
    this.node.build = buildOk;
    this.gateway.held = undefined;
    this.gateway.busy = [];
  }

  get admin(): ApiClient {
    return this.orchestrator.client(this.orchestrator.tokens.admin);
  }

  app(): Promise<TestApp> {
    this.#apps += 1;
    return new TestApp(this, this.#apps).create();
  }

  query(sql: string, values: readonly unknown[] = []): Promise<unknown> {
    return this.orchestrator.app.get(DataSource).query(sql, [...values]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.node[Symbol.asyncDispose]();
    await this.orchestrator[Symbol.asyncDispose]();
  }
}

/** One app in production, and what its tests do to it. */
export class TestApp {
  readonly name: string;
  readonly names: { organisation: string; project: string; app: string };
  readonly target: TestApp["names"] & { environment: string };
  readonly host: string;
  readonly source: string;
  readonly #platform: TestPlatform;

  constructor(platform: TestPlatform, number: number) {
    this.#platform = platform;
    this.name = `app${number}`;
    this.names = { organisation: "main", project: "main", app: this.name };
    this.target = { ...this.names, environment: "production" };
    this.host = `${this.name}.localhost`;
    this.source = `sha256:${number.toString(16).padStart(64, "0")}`;
  }

  get admin(): ApiClient {
    return this.#platform.admin;
  }

  async create(): Promise<this> {
    const { id } = await this.admin.call(endpoints.apps.put, { parameters: this.names, signal });
    await this.#platform.query(
      "insert into sources (digest, app_id, size_bytes, files) values ($1, $2, 1, 1)",
      [this.source, id],
    );
    return this;
  }

  start(body: Partial<CreateDeployment> = {}): Promise<Deployment> {
    return this.admin.call(endpoints.deployments.create, {
      parameters: this.target,
      body: { ...(body.release === undefined ? { source: this.source } : {}), ...body },
      signal,
    });
  }

  get(deployment: string): Promise<Deployment> {
    return this.admin.call(endpoints.deployments.get, {
      parameters: { ...this.target, deployment },
      signal,
    });
  }

  phase(deployment: Deployment, phase: Deployment["phase"]): Promise<unknown> {
    return until(`${deployment.id} is ${phase}`, async () => {
      const now = await this.get(deployment.id).catch(() => undefined);
      return now?.phase === phase;
    });
  }

  ended({ id }: Deployment): Promise<Deployment> {
    return until(`${id} has ended`, async () => {
      const now = await this.get(id).catch(() => undefined);
      return now && hasEnded(now.phase) ? now : undefined;
    });
  }

  async deploy(body: Partial<CreateDeployment> = {}): Promise<Deployment> {
    const ended = await this.ended(await this.start(body));
    if (ended.phase === "succeeded") return ended;
    throw new Error(`it is ${ended.phase}: ${JSON.stringify(ended.failure)}`);
  }

  async instances(): Promise<Instance[]> {
    const { items } = await this.admin.call(endpoints.instances.list, {
      parameters: this.target,
      signal,
    });
    return items;
  }

  /** The instances that get requests. */
  routed(): string[] {
    return this.#platform.gateway
      .upstreams(this.host)
      .flatMap(({ instance, weight }) => (weight > 0 ? [instance] : []));
  }
}
