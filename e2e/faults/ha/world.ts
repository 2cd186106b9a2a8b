import { chmod, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdCluster } from "../../../tools/testing/etcd.ts";
import { ManyNodes, Platform, until } from "../../src/index.ts";
import { type DrillLoad } from "./drill-load.ts";
import { HaNode, hostAddress, settled } from "./ha-nodes.ts";
import { slotOf } from "./slot.ts";
import { DrillWitness } from "./witness.ts";

/** The node of the control plane's machine, and three more, each in a network namespace of its own. */
const NODES = 4;

/** A platform of four nodes with its leases in three members of etcd, a drill that runs on it, and who watches. */
export class World implements AsyncDisposable {
  readonly platform: Platform;
  readonly etcd: EtcdCluster;
  readonly witness: DrillWitness;
  readonly nodes: readonly HaNode[];
  /** An app of a tenant's, of two instances behind the gateway. */
  readonly shop: ManyNodes;
  /** Where nodes reach the control plane. */
  readonly controlPort: number;
  readonly controlDeadMs: number;
  readonly #stack: AsyncDisposableStack;
  drill!: DrillLoad;
  pair!: DrillLoad;
  /** When the fault that is measured began; what a case prepares before is none of it. */
  faultAtMs = 0;

  private constructor(
    parts: Pick<
      World,
      "platform" | "etcd" | "witness" | "nodes" | "shop" | "controlPort" | "controlDeadMs"
    >,
    stack: AsyncDisposableStack,
  ) {
    this.platform = parts.platform;
    this.etcd = parts.etcd;
    this.witness = parts.witness;
    this.nodes = parts.nodes;
    this.shop = parts.shop;
    this.controlPort = parts.controlPort;
    this.controlDeadMs = parts.controlDeadMs;
    this.#stack = stack;
  }

  /** `controlDeadMs`: for how long the control plane is dead where that is the fault. */
  static async start(controlDeadMs: number): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const home = await mkdtemp(join(tmpdir(), "bastide-ha-"));
    await chmod(home, 0o711);
    const witness = stack.use(await DrillWitness.listen());
    const etcd = stack.use(await EtcdCluster.start({ size: 3 }));
    process.env["BASTIDE_ETCD_ENDPOINTS"] = etcd.endpoints.join(",");
    process.env["BASTIDE_DRILL_WITNESS"] = `http://${await hostAddress(home)}:${witness.port}/`;
    const platform = await Platform.start({ home, arguments: ["--nodes", String(NODES)] });
    stack.defer(() => platform.destroy());
    const { nodes: listed } = await platform.json<{ nodes: { name: string; joinedAt?: string }[] }>(
      ["node", "ls"],
    );
    const slot = await slotOf(home);
    const further = listed.filter(({ joinedAt }) => joinedAt !== undefined);
    const nodes = further.map(({ name }) => new HaNode(home, name, slot));
    const own = listed.find(({ joinedAt }) => joinedAt === undefined);
    // It votes, and runs nothing that is to die.
    if (own) await platform.json(["node", "cordon", own.name]);
    for (const service of ["drill", "drill-pair"]) await platform.json(["ha", "start", service]);
    const shop = await ManyNodes.on(platform, "shop");
    const environment = await readEnvironment(nodes[0]?.agentPid ?? 0);
    const url = new URL(environment["BASTIDE_ORCHESTRATOR_URL"] ?? "");
    const world = new World(
      { platform, etcd, witness, nodes, shop, controlPort: Number(url.port), controlDeadMs },
      stack.move(),
    );
    await settled(platform, nodes);
    return world;
  }

  node(name: string): HaNode {
    const node = this.nodes.find((one) => one.name === name);
    if (node === undefined) throw new Error(`${name} is not one of the nodes that may die`);
    return node;
  }

  startsNow(): void {
    this.faultAtMs = performance.now();
  }

  /** The next one that answers, under an epoch of its own. */
  taken(than: string): Promise<string> {
    return until(
      "another node answers for the drill",
      () => {
        const node = this.drill.last?.node;
        return node !== undefined && node !== than && node;
      },
      { deadlineMs: 30_000, everyMs: 5 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    delete process.env["BASTIDE_ETCD_ENDPOINTS"];
    delete process.env["BASTIDE_DRILL_WITNESS"];
  }
}

/** Of a process of ours, as it was started. */
export async function readEnvironment(pid: number): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, "utf8");
  return Object.fromEntries(
    text
      .split("\0")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
