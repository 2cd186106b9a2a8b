import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { INSTALLATION, pssBytes, treeOf } from "@bastide/e2e";

const PROGRAM = join(INSTALLATION, "apps/gateway/bundle/alone.js");
const START_MS = 60_000;

/** A gateway alone, as the bundle that is shipped, with a number of hosts that lead to one upstream. */
export class AloneGateway implements AsyncDisposable {
  readonly port: number;
  /** From the start of the process to the moment at which it listens. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(port: number, startMs: number, child: ChildProcess, directory: string) {
    this.port = port;
    this.startMs = startMs;
    this.#child = child;
    this.#directory = directory;
  }

  static hostOf = (index: number): string => `h${index}.example.test`;

  static async start(hosts: number, upstreamPort: number): Promise<AloneGateway> {
    const directory = await mkdtemp(join(tmpdir(), "bastide-bench-"));
    const file = join(directory, "gateway.yaml");
    const routes = Array.from(
      { length: hosts },
      (_, i) => `  - host: ${AloneGateway.hostOf(i)}\n    upstreams: [127.0.0.1:${upstreamPort}]\n`,
    );
    await writeFile(file, `listen: { port: 0 }\nworkers: 1\nroutes:\n${routes.join("")}`);
    const began = performance.now();
    const child = spawn(process.execPath, [PROGRAM, "serve", file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await listening(child);
    return new AloneGateway(port, performance.now() - began, child, directory);
  }

  /** Nanoseconds of CPU that all processes of this gateway have taken so far. */
  cpuNs(): Promise<number> {
    return this.#sum(cpuOf);
  }

  /** Memory of all of them; pages that they share count once. */
  pssBytes(): Promise<number> {
    return this.#sum(pssBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    await rm(this.#directory, { recursive: true });
  }

  async #sum(measure: (pid: number) => Promise<number>): Promise<number> {
    const tree = await treeOf(this.#child.pid ?? 0);
    const values = await Promise.all(tree.map(({ pid }) => measure(pid)));
    return values.reduce((sum, value) => sum + value, 0);
  }
}

/** The port that the gateway says it listens on. */
async function listening(child: ChildProcess): Promise<number> {
  let said = "";
  const deadline = AbortSignal.timeout(START_MS);
  while (child.stdout) {
    const [chunk]: unknown[] = await once(child.stdout, "data", { signal: deadline });
    said += String(chunk);
    const port = /"message":"listening".*"port":(\d+)/.exec(said)?.[1];
    if (port !== undefined) {
      child.stdout.resume();
      return Number(port);
    }
  }
  throw new Error("the gateway has no standard output");
}

/** Of all its threads: the first number of each one's schedstat. */
async function cpuOf(pid: number): Promise<number> {
  let sum = 0;
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => []))
    sum += Number(
      (await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0")).split(
        " ",
      )[0],
    );
  return sum;
}
