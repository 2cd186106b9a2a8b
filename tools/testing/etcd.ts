import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { freePorts } from "./free-port.ts";

export interface EtcdClusterOptions {
  readonly size: 1 | 3;
  /** Arguments for every member besides, such as those of TLS. */
  readonly extra?: readonly string[];
  readonly scheme?: "http" | "https";
}

/**
 * Real members of etcd (Debian's etcd-server), as root or as an ordinary user, each with ports and a directory of its
 * own. Disposing ends them all and removes what they wrote.
 */
export class EtcdCluster implements AsyncDisposable {
  readonly members: readonly EtcdMember[];
  readonly #directory: string;

  private constructor(members: readonly EtcdMember[], directory: string) {
    this.members = members;
    this.#directory = directory;
  }

  static async start({
    size,
    extra = [],
    scheme = "http",
  }: EtcdClusterOptions): Promise<EtcdCluster> {
    const directory = await mkdtemp("/tmp/bastide-etcd-");
    const ports = await freePorts(size * 2);
    const names = Array.from({ length: size }, (_, index) => `m${index}`);
    const peers = names.map((name, index) => `${name}=http://127.0.0.1:${ports[index]}`).join(",");
    const members = names.map(
      (name, index) =>
        new EtcdMember({
          directory: join(directory, name),
          endpoint: `${scheme}://127.0.0.1:${ports[size + index]}`,
          args: [
            `--name=${name}`,
            `--initial-cluster=${peers}`,
            `--initial-advertise-peer-urls=http://127.0.0.1:${ports[index]}`,
            `--listen-peer-urls=http://127.0.0.1:${ports[index]}`,
            ...extra,
          ],
        }),
    );
    const cluster = new EtcdCluster(members, directory);
    await cluster.startAll();
    return cluster;
  }

  get endpoints(): readonly string[] {
    return this.members.map(({ endpoint }) => endpoint);
  }

  member(index: number): EtcdMember {
    const member = this.members[index];
    if (member === undefined) throw new Error(`the cluster has no member ${index}`);
    return member;
  }

  async startAll(): Promise<void> {
    await Promise.all(this.members.map((member) => member.start()));
  }

  async killAll(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
  }

  /** As after the loss of every machine: the same addresses, and nothing on record. */
  async rebuild(): Promise<void> {
    await this.killAll();
    await Promise.all(this.members.map((member) => member.forget()));
    await this.startAll();
  }

  /** The member that leads; asks those that run. */
  async leader(): Promise<EtcdMember> {
    return until("etcd has a leader", async () => {
      const all = await Promise.all(this.members.map((member) => member.isLeader()));
      return this.members[all.indexOf(true)];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAll();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

interface MemberOptions {
  readonly directory: string;
  readonly endpoint: string;
  readonly args: readonly string[];
}

export class EtcdMember {
  readonly endpoint: string;
  readonly #directory: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #output = "";

  constructor({ directory, endpoint, args }: MemberOptions) {
    this.endpoint = endpoint;
    this.#directory = directory;
    this.#args = args;
  }

  /** Resolves once it listens, which it does when it has joined the others. */
  async start(): Promise<void> {
    const child = spawn(
      "etcd",
      [
        `--data-dir=${this.#directory}`,
        `--listen-client-urls=${this.endpoint}`,
        `--advertise-client-urls=${this.endpoint}`,
        // Elections within a second, and leases of one second.
        "--heartbeat-interval=100",
        "--election-timeout=500",
        "--logger=zap",
        ...this.#args,
      ],
      { env: { PATH: process.env["PATH"] ?? "/usr/bin" }, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => (this.#output = (this.#output + String(chunk)).slice(-20_000)));
    // It fails the test that needs it, and says why: install Debian's package `etcd-server`.
    child.on("error", (error) => (this.#output += String(error)));
    const port = Number(new URL(this.endpoint).port);
    await until(
      () => `etcd listens on ${port}; it says: ${this.#output}`,
      async () => (await answers(port)) || undefined,
    );
  }

  /** Dead at once, as its machine is. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** It keeps its connections and answers nothing. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async forget(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  async isLeader(): Promise<boolean> {
    const status = await this.call("/v3/maintenance/status", {}).catch(() => undefined);
    if (!isRecord(status) || !isRecord(status["header"])) return false;
    return status["leader"] === status["header"]["member_id"];
  }

  /** Asks this member alone, past every client of ours. */
  async call(path: string, body: unknown): Promise<unknown> {
    const answer = await fetch(new URL(path, this.endpoint), {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(3000),
    });
    if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Resolves with what `look` finds; fails after a while that is long for everything that these tests wait for. */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come to pass: ${typeof what === "string" ? what : what()}`);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
