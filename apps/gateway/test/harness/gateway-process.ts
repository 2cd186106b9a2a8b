import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMPILED } from "../../../../tools/testing/compiled.ts";
import { ask } from "./http-client.ts";
import { until } from "./sockets.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const HEALTH = "/.bastide/health";

/** A directory that the gateway of one test keeps its state and token in. */
export async function gatewayHome(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "bastide-gateway-"));
  await writeFile(join(path, "token"), "the-token\n", { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const isHealthy = (port: number): Promise<boolean> =>
  ask(port, HEALTH).then(
    ({ status }) => status === 200,
    () => false,
  );

/** Every process below one (proc(5), children). */
export function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .split(" ")
      .filter(Boolean)
      .map(Number);
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

/** False for one that has ended, also while it waits for a slow init to take note (proc(5), stat). */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** The program itself, as a process. */
export class GatewayProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  output = "";
  errors = "";

  constructor(environment: Readonly<Record<string, string>>, main = MAIN) {
    this.child = spawn(process.execPath, ["--conditions=source", main], {
      env: { NODE_COMPILE_CACHE: COMPILED, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk) => (this.output += String(chunk)));
    this.child.stderr?.on("data", (chunk) => (this.errors += String(chunk)));
  }

  static async start(
    home: string,
    control: string,
    port: number,
    more: Readonly<Record<string, string>> = {},
    main = MAIN,
  ): Promise<GatewayProcess> {
    const environment = {
      PORT: String(port),
      BASTIDE_CONTROL_URL: control,
      BASTIDE_GATEWAY: "one",
      BASTIDE_TOKEN_FILE: join(home, "token"),
      BASTIDE_STATE_DIR: home,
      ...more,
    };
    const started = new GatewayProcess(environment, main);
    try {
      await until("the gateway is healthy", () => isHealthy(port), 30_000);
    } catch (cause) {
      await started.kill();
      throw new Error(`it did not start: ${started.output}${started.errors}`, { cause });
    }
    return started;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async exit(): Promise<number | null> {
    if (!this.hasExited) await once(this.child, "exit");
    return this.child.exitCode;
  }

  /** SIGKILL takes all of its processes at once, as the end of their sandbox does. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
    const all = [this.child.pid ?? 0, ...descendants(this.child.pid ?? 0)];
    for (const pid of signal === "SIGKILL" ? all : []) tryKill(pid, signal);
    this.child.kill(signal);
    const code = await this.exit();
    await until("every process of it has ended", () => !all.some(isRunning));
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasExited) await this.kill();
  }
}
