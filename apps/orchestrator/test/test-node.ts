import { ConfigSubscriber, LastKnownGood } from "@bastide/config-stream";
import {
  AgentBuildRequest,
  type AgentBuildEvent,
  type ApiClient,
  endpoints,
  HaGroup,
  InstanceSpec,
  type NodeFacts,
  OwnDoor,
  type ObservedInstance,
  StreamMessage,
  type StreamVersion,
} from "@bastide/contracts";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";

/*
 * A double of a node, written from libs/contracts: it speaks the real protocols over real sockets (config stream,
 * acknowledgements, reports, the agent's API), and runs nothing. The real one is tested end to end.
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
    noCapabilities: true,
    memoryLimit: "cgroup-v1",
    cpuLimit: "cgroup-v1",
    processLimit: "cgroup-v1",
  },
};

/** How the next instances behave: until told otherwise they are ready at once. */
export type Behaviour = "ready" | "crash" | "never-ready" | "hold";

type Build = (request: AgentBuildRequest, emit: (event: AgentBuildEvent) => void) => Promise<void>;

export class TestNode implements AsyncDisposable {
  readonly name: string;
  readonly observed = new Map<string, ObservedInstance>();
  /** What its guard would be told. */
  group: HaGroup | undefined;
  /** Where its door is to be, and where that leads besides. */
  ownDoor: OwnDoor | undefined;
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
  #subscriber: ConfigSubscriber<InstanceSpec | undefined> | undefined;
  #agentUrl = "";
  readonly #end = new AbortController();

  #incarnation = 1;
  #sequence = 0;
  #pulse: NodeJS.Timeout | undefined;

  private constructor(client: () => ApiClient, directory: string, name: string) {
    this.#client = client;
    this.#directory = directory;
    this.name = name;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** `door`: the URL that a node on another machine says it is reached at; nobody listens there. */
  static async start(client: () => ApiClient, name = "n1", door?: string): Promise<TestNode> {
    const node = new TestNode(client, await mkdtemp("/tmp/bastide-test-node-"), name);
    await new Promise<void>((resolve) => node.#server.listen(0, "127.0.0.1", resolve));
    const address = node.#server.address();
    if (typeof address !== "object" || !address) throw new Error("no address");
    node.#agentUrl = door ?? `http://127.0.0.1:${address.port}`;
    await node.#connect();
    return node;
  }

  async #connect(): Promise<void> {
    await this.report();
    await this.#subscribe();
    this.#pulse = setInterval(() => void this.beat().catch(() => undefined), 500).unref();
  }

  /** As if its plug was pulled, or its cable: nothing more is heard of it, and what it runs goes on or not. */
  async vanish(): Promise<void> {
    clearInterval(this.#pulse);
    await this.#subscriber?.stop();
    this.#subscriber = undefined;
  }

  /** Its agent starts anew; what it runs is as it was left. */
  async comeBack(): Promise<void> {
    this.#incarnation += 1;
    this.#sequence = 0;
    await this.#connect();
  }

  async beat(incarnation = this.#incarnation, clock = new Date()): Promise<void> {
    await this.#client().call(endpoints.nodes.heartbeat, {
      parameters: { node: this.name },
      body: { incarnation, clock: clock.toISOString() },
      signal: AbortSignal.any([this.#end.signal, AbortSignal.timeout(5_000)]),
    });
  }

  async #subscribe(): Promise<void> {
    const parameters = { node: this.name };
    this.#subscriber = new ConfigSubscriber<InstanceSpec | undefined>({
      open: (since, signal) =>
        this.#client().lines(endpoints.nodes.desired, StreamMessage, {
          parameters,
          query: { ...since },
          signal,
        }),
      acknowledge: async (version, unmentioned, signal) => {
        await this.#client().call(endpoints.nodes.acknowledge, {
          parameters,
          body: { version, report: null, unmentioned: [...unmentioned] },
          signal,
        });
      },
      parse: (key, value) => {
        if (key === "node/door") this.ownDoor = OwnDoor.parse(value);
        if (key === "ha/group") this.group = HaGroup.parse(value);
        return key.startsWith("instance/") ? InstanceSpec.parse(value) : undefined;
      },
      apply: (state, changed) => this.#apply(state, changed),
      lastKnownGood: new LastKnownGood(this.#directory),
    });
    await this.#subscriber.start();
  }

  #apply(state: ReadonlyMap<string, InstanceSpec | undefined>, changed: readonly string[]): void {
    for (const key of changed) {
      if (!key.startsWith("instance/")) continue;
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

  /** It crashed too often, and is not started again. */
  fail(id: string): void {
    this.#observe(id, { phase: "failed" });
    this.#reportSoon();
  }

  #observe(id: string, change: Partial<ObservedInstance>): void {
    const before = this.observed.get(id) ?? { id, phase: "preparing", restarts: 0, promises: [] };
    this.observed.set(id, { ...before, ...change });
  }

  #reportSoon(): void {
    this.report().catch(() => setTimeout(() => this.#reportSoon(), 20).unref());
  }

  async report(incarnation = this.#incarnation): Promise<void> {
    if (this.#end.signal.aborted) return;
    this.#sequence += 1;
    await this.#client().call(endpoints.nodes.report, {
      parameters: { node: this.name },
      body: {
        incarnation,
        sequence: this.#sequence,
        clock: new Date().toISOString(),
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
    clearInterval(this.#pulse);
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
