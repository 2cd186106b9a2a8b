import { endpoints, type HaStatus, type Instance, type Node } from "@bastide/contracts";
import { join } from "node:path";
import { Load, type Sample } from "./load.ts";
import { INSTALLATION, Platform } from "./platform.ts";
import { until } from "./until.ts";

const REQUESTS_PER_SECOND = 200;

export interface UnderLoad {
  /** Addresses of the gateways that share the requests. */
  readonly by?: readonly string[];
  readonly perSecond?: number;
}

/** An app of two instances on a platform of three nodes, and what tests look at. */
export class ManyNodes {
  readonly platform: Platform;
  readonly app: string;

  /** Of an app that runs there already. */
  constructor(platform: Platform, app: string) {
    this.platform = platform;
    this.app = app;
  }

  static async start(app: string): Promise<ManyNodes> {
    return ManyNodes.on(await Platform.start({ arguments: ["--nodes", "3"] }), app);
  }

  /** On a platform that runs already, of three nodes or more. */
  static async on(platform: Platform, app: string): Promise<ManyNodes> {
    const nodes = new ManyNodes(platform, app);
    await nodes.must("deploy", join(INSTALLATION, "examples/node-http"), "--app", app);
    await nodes.must("scale", "--app", app, "web=2");
    return nodes;
  }

  async must(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.platform.cli(words);
    if (code !== 0) throw new Error(`bastide ${words.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  /** All requests that the work was done under. */
  async underLoad(
    work: () => Promise<unknown>,
    { by = ["127.0.0.1"], perSecond = REQUESTS_PER_SECOND }: UnderLoad = {},
  ): Promise<readonly Sample[]> {
    const { port } = this.platform;
    const host = `${this.app}.localhost:${port}`;
    const requestsPerSecond = perSecond / by.length;
    const loads = by.map((address) => new Load({ address, port, host, requestsPerSecond }).start());
    try {
      await work();
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
    }
    return loads.flatMap(({ samples }) => samples);
  }

  /** Where gateways are, as `bastide ha status` says: the nodes whose gateway runs, and each one's address. */
  async gateways(): Promise<ReadonlyMap<string, string>> {
    const { services } = await this.platform.json<{ services: HaStatus[] }>(["ha", "status"]);
    const gateway = services.find(({ name }) => name === "gateway");
    const nodes = await this.nodes();
    return new Map(
      (gateway?.instances ?? [])
        .filter(({ state, isStale }) => state === "started" && !isStale)
        .map(({ node }) => [node, nodes.find(({ name }) => name === node)?.address ?? "127.0.0.1"]),
    );
  }

  /** A second one is started elsewhere when its node is lost or drained. */
  twoGateways(): Promise<unknown> {
    return until("two gateways run", async () => (await this.gateways()).size === 2);
  }

  async nodes(): Promise<readonly Node[]> {
    const api = await this.platform.api();
    const signal = AbortSignal.timeout(10_000);
    return (await api.call(endpoints.nodes.list, { signal })).items;
  }

  async instances(): Promise<readonly Instance[]> {
    const api = await this.platform.api();
    const target = { organisation: "main", project: "main", app: this.app };
    const parameters = { ...target, environment: "production" };
    const signal = AbortSignal.timeout(10_000);
    return (await api.call(endpoints.instances.list, { parameters, signal })).items;
  }

  /** Those that are ready, on nodes that are heard of. */
  async serving(): Promise<readonly Instance[]> {
    const all = await this.instances();
    return all.filter(
      ({ observed, nodeLiveness }) => observed?.phase === "ready" && nodeLiveness === undefined,
    );
  }

  /** Both instances serve, and nothing is one too many. */
  settled(): Promise<unknown> {
    return until("two instances serve and no other is there", async () => {
      const [all, serving] = [await this.instances(), await this.serving()];
      return all.length === 2 && serving.length === 2;
    });
  }

  livenessIs(name: string, wanted: Node["liveness"]): Promise<unknown> {
    return until(`${name} is ${wanted}`, async () => {
      const nodes = await this.nodes();
      return nodes.find((node) => node.name === name)?.liveness === wanted;
    });
  }

  /** An instance on a node that is not the control plane's own, which is listed first. */
  async victim(): Promise<Instance> {
    const own = (await this.nodes()).find(({ joinedAt }) => joinedAt === undefined);
    const [found] = (await this.serving()).filter(({ node }) => node !== own?.name);
    if (!found) throw new Error("no instance is on a further node");
    return found;
  }
}
