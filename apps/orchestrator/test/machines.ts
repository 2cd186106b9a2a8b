import { ConfigSubscriber, LastKnownGood } from "@bastide/config-stream";
import {
  AgentBuildRequest,
  type AgentBuildEvent,
  type ApiClient,
  Certificate,
  endpoints,
  InstanceSpec,
  type NodeFacts,
  type ObservedInstance,
  Route,
  StreamMessage,
  type StreamVersion,
} from "@bastide/contracts";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";

/*
 * Doubles of a node and of a gateway, written from libs/contracts: they speak the real protocols over real sockets
 * (config streams, acknowledgements, reports, the agent's API), and run nothing. The real ones are tested end to end.
 */

const FACTS: NodeFacts = {
  hostname: "test",
  kernel: "6",
  arch: "x64",
  cpus: 2,
  memoryBytes: 1 << 30,
  diskFreeBytes: 1 << 30,
  nodeVersion: "24",
  platformVersion: "0",
  drivers: ["process"],
  isolation: {
    ownUid: true,
    namespaces: [],
    seccomp: true,
    noNewPrivileges: true,
    memoryLimit: "cgroup-v1",
    cpuLimit: "cgroup-v1",
    processLimit: "cgroup-v1",
  },
};

const sinceQuery = (since: StreamVersion | undefined) => ({ ...since });

/** How the next instances behave: until told otherwise they are ready at once. */
export type Behaviour = "ready" | "crash" | "never-ready" | "hold";

type Build = (request: AgentBuildRequest, emit: (event: AgentBuildEvent) => void) => Promise<void>;

export class TestNode implements AsyncDisposable {
  readonly name = "n1";
  readonly observed = new Map<string, ObservedInstance>();
  readonly specs = new Map<string, InstanceSpec>();
  /** In the order of being told to. */
  readonly stopped: string[] = [];
  /** Every tombstone that came, also of what it does not have. */
  readonly tombstones: string[] = [];
  readonly builds: AgentBuildRequest[] = [];
  behaviour: Behaviour = "ready";
  build: Build = buildOk;
  /** Called when an instance arrives. */
  /** Called right before an instance stops. */
  onStop: (id: string) => void = () => undefined;
  #port = 30_000;
  readonly #client: () => ApiClient;
  readonly #server: Server;
  readonly #directory: string;
  #subscriber: ConfigSubscriber<InstanceSpec> | undefined;
  #agentUrl = "";
  readonly #end = new AbortController();

  private constructor(client: () => ApiClient, directory: string) {
    this.#client = client;
    this.#directory = directory;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(client: () => ApiClient): Promise<TestNode> {
    const node = new TestNode(client, await mkdtemp("/tmp/bastide-test-node-"));
    await new Promise<void>((resolve) => node.#server.listen(0, "127.0.0.1", resolve));
    const address = node.#server.address();
    if (typeof address !== "object" || !address) throw new Error("no address");
    node.#agentUrl = `http://127.0.0.1:${address.port}`;
    await node.report();
    await node.#subscribe();
    return node;
  }

  async #subscribe(): Promise<void> {
    const parameters = { node: this.name };
    this.#subscriber = new ConfigSubscriber({
      open: (since, signal) =>
        this.#client().lines(endpoints.nodes.desired, StreamMessage, {
          parameters,
          query: sinceQuery(since),
          signal,
        }),
      acknowledge: async (version, unmentioned, signal) => {
        await this.#client().call(endpoints.nodes.acknowledge, {
          parameters,
          body: { version, report: null, unmentioned: [...unmentioned] },
          signal,
        });
      },
      parse: (_key, value) => InstanceSpec.parse(value),
      apply: (state, changed) => this.#apply(state, changed),
      lastKnownGood: new LastKnownGood(this.#directory),
    });
    await this.#subscriber.start();
  }

  #apply(state: ReadonlyMap<string, InstanceSpec>, changed: readonly string[]): void {
    for (const key of changed) {
      const id = key.replace("instance/", "");
      const spec = state.get(key);
      if (spec) this.#run(spec);
      else this.#stop(id);
    }
  }

  #run(spec: InstanceSpec): void {
    const isNew = !this.specs.has(spec.id);
    this.specs.set(spec.id, spec);
    if (!isNew || spec.app === "gateway") return;
    this.#observe(spec.id, { phase: "starting", startedAt: new Date().toISOString() });
    if (this.behaviour === "ready") this.ready(spec.id);
    if (this.behaviour === "crash") this.crash(spec.id);
    if (this.behaviour === "never-ready")
      this.#observe(spec.id, {
        promises: [{ name: "tcp", kept: false, message: "nothing listens on its port" }],
      });
    this.#reportSoon();
  }

  get version(): StreamVersion | undefined {
    return this.#subscriber?.version;
  }

  #stop(id: string): void {
    this.tombstones.push(id);
    if (!this.specs.delete(id)) return;
    this.onStop(id);
    this.stopped.push(id);
    this.observed.delete(id);
  }

  ready(id: string): void {
    const address = { host: "127.0.0.1", port: this.#port++ };
    this.#observe(id, { phase: "ready", ...(this.specs.get(id)?.listens ? { address } : {}) });
    this.#reportSoon();
  }

  crash(id: string): void {
    this.#observe(id, {
      phase: "backing-off",
      restarts: (this.observed.get(id)?.restarts ?? 0) + 1,
      lastExit: { code: 7, at: new Date().toISOString() },
      lastLogs: ["Error: cannot find module"],
    });
    this.#reportSoon();
  }

  /** Lets every instance that was held become ready. */
  release(): void {
    this.behaviour = "ready";
    for (const [id, { phase }] of this.observed) if (phase === "starting") this.ready(id);
  }

  #observe(id: string, change: Partial<ObservedInstance>): void {
    const before = this.observed.get(id) ?? { id, phase: "preparing", restarts: 0, promises: [] };
    this.observed.set(id, { ...before, ...change });
  }

  #reportSoon(): void {
    this.report().catch(() => setTimeout(() => this.#reportSoon(), 20).unref());
  }

  async report(): Promise<void> {
    if (this.#end.signal.aborted) return;
    await this.#client().call(endpoints.nodes.report, {
      parameters: { node: this.name },
      body: {
        facts: FACTS,
        agentUrl: this.#agentUrl,
        instances: [...this.observed.values()],
        complete: true,
      },
      signal: AbortSignal.any([this.#end.signal, AbortSignal.timeout(5_000)]),
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.flushHeaders();
    const emit = (line: object) => response.write(`${JSON.stringify(line)}\n`);
    if (request.method === "POST") {
      const build = AgentBuildRequest.parse(await json(request));
      this.builds.push(build);
      await this.build(build, emit);
    } else {
      const instance = /instances\/([^/]+)\/logs/.exec(request.url ?? "")?.[1] ?? "";
      const process = this.specs.get(instance)?.process ?? "web";
      const at = new Date().toISOString();
      emit({ at, instance, process, stream: "stdout", line: `hello from ${instance}` });
      if (request.url?.includes("follow=true")) return;
    }
    response.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#subscriber?.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true, force: true });
  }
}

const DIGEST = `sha256:${"ab".repeat(32)}`;

export const processes = (change: object = {}) => ({
  web: {
    command: "node server.js",
    instances: 2,
    stopGraceSeconds: 1,
    startTimeoutSeconds: 1,
    ...change,
  },
});

export const buildResult = (change: object = {}): AgentBuildEvent => ({
  type: "result",
  result: {
    artefact: DIGEST,
    artefactSizeBytes: 10,
    sbom: DIGEST,
    plan: { kind: "node", summary: ["detected Node 24"], processes: processes(), ...change },
    dependencyCache: "unused",
    timingsMs: {},
  },
});

export const buildOk: Build = async (_request, emit) => {
  emit({ type: "log", at: new Date().toISOString(), line: "npm ci" });
  emit(buildResult());
};

export class TestGateway implements AsyncDisposable {
  readonly name = "n1";
  /** What it routes by now. */
  table: ReadonlyMap<string, Route> = new Map();
  /** What it shows at handshakes by now, by key. */
  certificates: ReadonlyMap<string, Certificate> = new Map();
  /** What else it was told, by key: root keys, revocations. */
  others: ReadonlyMap<string, unknown> = new Map();
  /** Instances that it says are busy. */
  busy: string[] = [];
  /** While set, tables are not taken. */
  held: Promise<void> | undefined;
  readonly #client: () => ApiClient;
  readonly #directory: string;
  #subscriber: ConfigSubscriber<unknown> | undefined;

  private constructor(client: () => ApiClient, directory: string) {
    this.#client = client;
    this.#directory = directory;
  }

  static async start(client: () => ApiClient): Promise<TestGateway> {
    const gateway = new TestGateway(client, await mkdtemp("/tmp/bastide-test-gateway-"));
    await gateway.#subscribe();
    return gateway;
  }

  async #subscribe(): Promise<void> {
    const parameters = { gateway: this.name };
    this.#subscriber = new ConfigSubscriber({
      open: (since, signal) =>
        this.#client().lines(endpoints.gateways.table, StreamMessage, {
          parameters,
          query: sinceQuery(since),
          signal,
        }),
      acknowledge: async (version, unmentioned, signal) => {
        const report = { busy: this.busy };
        await this.#client().call(endpoints.gateways.acknowledge, {
          parameters,
          body: { version, report, unmentioned: [...unmentioned] },
          signal,
        });
      },
      parse: (key, value) => (key.startsWith("route/") ? Route.parse(value) : value),
      apply: async (state) => {
        await this.held;
        const [routes, others] = [new Map<string, Route>(), new Map<string, unknown>()];
        for (const [key, value] of state)
          if (key.startsWith("route/")) routes.set(key, Route.parse(value));
          else others.set(key, value);
        this.table = routes;
        this.others = others;
        this.certificates = new Map(
          Array.from(others).flatMap(([key, one]) =>
            key.startsWith("certificate/") ? [[key, Certificate.parse(one)]] : [],
          ),
        );
      },
      lastKnownGood: new LastKnownGood(this.#directory),
    });
    await this.#subscriber.start();
  }

  /** Its report changed. */
  reportAgain(): void {
    this.#subscriber?.acknowledgeAgain();
  }

  upstreams(host: string): Route["upstreams"] {
    return this.table.get(`route/${host}/`)?.upstreams ?? [];
  }

  uses(instance: string): boolean {
    return [...this.table.values()].some(({ upstreams }) =>
      upstreams.some((upstream) => upstream.instance === instance),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subscriber?.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
