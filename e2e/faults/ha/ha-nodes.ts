import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { endpoints, type HaStatus } from "@bastide/contracts";
import { isRunning, type Platform, treeOf, treesOf, until } from "../../src/index.ts";
import { slotOf } from "./slot.ts";

const run = promisify(execFile);

export const DRILL_PORT = 7471;
export const PAIR_PORT = 7472;

/** Milliseconds since the machine started, as guards and the drill reckon. */
export const bootMs = (): number =>
  Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;

/** The address of this machine on the network of a home's nodes, and of its further nodes. */
export async function hostAddress(home: string): Promise<string> {
  return `10.213.${await slotOf(home)}.1`;
}

/** One of a platform's further nodes: a machine as far as the others can see, in a network namespace of its own. */
export class HaNode {
  readonly name: string;
  readonly address: string;
  readonly namespace: string;
  readonly directory: string;
  readonly #unpluggedFile: string;

  constructor(home: string, name: string, slot: number) {
    const number = Number(/-(\d+)$/.exec(name)?.[1]);
    this.name = name;
    this.address = `10.213.${slot}.${number}`;
    this.namespace = `bastide${slot}-${number}`;
    this.directory = join(home, "nodes", name, "agent");
    this.#unpluggedFile = join(home, "run", `agent-${name}.unplugged`);
  }

  get agentPid(): number {
    return ownerOf(this.directory);
  }

  get guardPid(): number {
    return ownerOf(join(this.directory, "guard"));
  }

  /** Its guard lives, and has for a while. */
  isSettled(): boolean {
    try {
      const stat = readFileSync(`/proc/${this.guardPid}/stat`, "utf8");
      const startTicks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
      return bootMs() / 1000 - startTicks / 100 > SETTLED_S;
    } catch {
      return false;
    }
  }

  /** The guard and all that it runs: its wardens, and their programs. */
  async guarded(): Promise<readonly number[]> {
    return (await treeOf(this.guardPid)).map(({ pid }) => pid);
  }

  async wardens(): Promise<readonly number[]> {
    const tree = await treeOf(this.guardPid);
    return tree
      .filter(({ commandLine }) => commandLine.includes("warden.js"))
      .map(({ pid }) => pid);
  }

  /** Whatever is in its network namespace, and what that started in others: a sandbox without a network is there too. */
  async processes(): Promise<readonly number[]> {
    const { stdout } = await run("ip", ["netns", "pids", this.namespace]);
    const inNetwork = stdout.split("\n").filter((line) => line !== "");
    const all = await treesOf(inNetwork.map(Number));
    return all.map(({ pid }) => pid).filter(isRunning);
  }

  /**
   * All of the machine's processes, as if its plug was pulled: agent, guard, tenants' instances and its gateway. Nothing
   * starts again until `plug`.
   */
  async kill(): Promise<void> {
    writeFileSync(this.#unpluggedFile, "");
    await until(`nothing runs on ${this.name}`, async () => {
      const all = await this.processes();
      // What one of them started in between is found by the next look.
      signalAll(all, "SIGKILL");
      return all.length === 0;
    });
  }

  async plug(): Promise<void> {
    rmSync(this.#unpluggedFile, { force: true });
    await this.setCable(true);
    await this.heal();
  }

  async setCable(isIn: boolean): Promise<void> {
    await run("ip", ["link", "set", this.namespace, isIn ? "up" : "down"]);
  }

  /** Drops packets that leave the node: all, or those to one port. What comes in comes in. */
  async dropOutgoing(port?: number): Promise<void> {
    const what = port === undefined ? "meta oifname eth0" : `tcp dport ${port}`;
    const table = `table inet faults {
      chain out {
        type filter hook output priority 0;
        ${what} drop;
      }
    }\n`;
    const file = join(this.directory, "faults.nft");
    writeFileSync(file, table);
    await run("ip", ["netns", "exec", this.namespace, "nft", "-f", file]);
  }

  async heal(): Promise<void> {
    const words = ["netns", "exec", this.namespace, "nft", "delete", "table", "inet", "faults"];
    // There is none where nothing was dropped.
    await run("ip", words).catch(() => undefined);
  }

  /** When the drill ran here, as it wrote down itself: process id, epoch and boot time in milliseconds. */
  beats(): readonly { pid: number; epoch: number; atMs: number }[] {
    const file = join(this.directory, "guard/services/drill/program/data/beats");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => {
        const [pid = 0, epoch = 0, atMs = 0] = line.split(" ").map(Number);
        return { pid, epoch, atMs };
      });
  }
}

/** Those that had ended are none of our business. */
export function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    // 0 would be this very process and all that it started.
    if (!(pid > 1)) throw new RangeError(`${pid} is no process of a node`);
    try {
      process.kill(pid, name);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

/** 0 in the moment in which one follows another. */
function ownerOf(directory: string): number {
  const file = join(directory, "agent.lock");
  return existsSync(file) ? Number(readFileSync(file, "utf8").split(" ")[0]) : 0;
}

/** What is wanted of the platform's services and where they run. */
export async function servicesOf(platform: Platform): Promise<readonly HaStatus[]> {
  const api = await platform.api();
  return (await api.call(endpoints.ha.list, { signal: AbortSignal.timeout(5_000) })).items;
}

/** A guard that has begun says nothing of itself for so long: see its `SETTLE_MS`. */
const SETTLED_S = 3;

/** The drill runs on one node, the pair on two, every guard is there, and nothing is under way. Gives where the drill is. */
export function settled(platform: Platform, nodes: readonly HaNode[]): Promise<string> {
  return until(
    "the drill on one node and the pair on two",
    async () => {
      const services = await servicesOf(platform).catch(() => []);
      const started = (name: string) =>
        services
          .find((one) => one.name === name)
          ?.instances.filter(({ isStale }) => !isStale)
          .map(({ node, state }) => ({ node, state })) ?? [];
      const [drill, pair] = [started("drill"), started("drill-pair")];
      const all = [...drill, ...pair];
      const isSettled =
        drill.length === 1 && pair.length === 2 && all.every(({ state }) => state === "started");
      return isSettled && nodes.every((node) => node.isSettled()) && drill[0]?.node;
    },
    { deadlineMs: 90_000, everyMs: 200 },
  );
}
