import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ApiClient, type PlatformStatus } from "@bastide/contracts";
import { gatewayFetch } from "./gateway-fetch.ts";

export const INSTALLATION: string = resolve(import.meta.dirname, "../..");

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

export interface PlatformOptions {
  readonly home?: string;
  /** Of its gateway; default: free ones. */
  readonly ports?: GatewayPorts;
  /** Below which its apps have their names; default: `localhost`. */
  readonly baseDomain?: string;
  /** Of `bastide up`, besides the options that every test's platform has. */
  readonly arguments?: readonly string[];
  readonly environment?: Environment;
}

export interface GatewayPorts {
  readonly port: number;
  readonly httpsPort: number;
}

export const gatewayPorts = async (): Promise<GatewayPorts> => ({
  port: await freePort(),
  httpsPort: await freePort(),
});

export interface CliOptions {
  readonly environment?: Environment;
  readonly input?: string;
  readonly cwd?: string;
  /** Deadline after which the command is killed. */
  readonly timeoutMs?: number;
}

/** A whole platform, driven from outside: its CLI, its API and its gateway, in a home of its own. */
export class Platform {
  readonly home: string;
  readonly port: number;

  /** Where the gateway speaks HTTPS; undefined for a platform that the tests did not start. */
  readonly httpsPort: number | undefined;

  readonly #baseDomain: string;
  #said = "";

  private constructor(home: string, ports: Partial<GatewayPorts>, baseDomain = "localhost") {
    this.home = home;
    this.port = ports.port ?? 0;
    this.httpsPort = ports.httpsPort;
    this.#baseDomain = baseDomain;
  }

  /** An empty home and free ports, for a platform that is not started yet. */
  static async prepare(options: PlatformOptions = {}): Promise<Platform> {
    const home = options.home ?? (await mkdtemp(join(tmpdir(), "bastide-e2e-")));
    await chmod(home, 0o711);
    return new Platform(home, options.ports ?? (await gatewayPorts()), options.baseDomain);
  }

  /** Installs and starts a platform in an empty home; resolves when it says that it is healthy. */
  static async start(options: PlatformOptions = {}): Promise<Platform> {
    const platform = await Platform.prepare(options);
    const { baseDomain } = options;
    const domain = baseDomain === undefined ? [] : ["--base-domain", baseDomain];
    await platform.up([...domain, ...(options.arguments ?? [])], options.environment);
    return platform;
  }

  /** The platform that runs already in `home` at `port`. */
  static at(home: string, port: number, httpsPort?: number): Platform {
    return new Platform(home, { port, ...(httpsPort === undefined ? {} : { httpsPort }) });
  }

  async up(more: readonly string[] = [], environment: Environment = {}): Promise<void> {
    const https = this.httpsPort === undefined ? [] : ["--https-port", String(this.httpsPort)];
    const result = await this.cli(
      ["up", "--detach", "--port", String(this.port), ...https, ...more],
      { environment, timeoutMs: 180_000 },
    );
    if (result.code !== 0)
      throw new Error(`bastide up failed (${result.code}):\n${result.stdout}\n${result.stderr}`);
    this.#said = result.stderr + result.stdout;
  }

  /** What the last `up` said, its progress first. */
  get said(): string {
    return this.#said;
  }

  async down(): Promise<void> {
    const result = await this.cli(["down"], { timeoutMs: 120_000 });
    if (result.code !== 0) throw new Error(`bastide down failed:\n${result.stderr}`);
  }

  /** Stops everything and removes the home. */
  async destroy(): Promise<void> {
    await this.down();
    await rm(this.home, { recursive: true, force: true });
  }

  /** Runs the CLI to its end. */
  cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return new Promise((settle, reject) => {
      const child = spawn(join(INSTALLATION, "bastide"), args, {
        cwd: options.cwd ?? INSTALLATION,
        env: { ...process.env, BASTIDE_HOME: this.home, NO_COLOR: "1", ...options.environment },
        stdio: ["pipe", "pipe", "pipe"],
        timeout: options.timeoutMs ?? 120_000,
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("error", reject);
      child.once("close", (code, signal) =>
        settle({ code: code ?? 128, stdout, stderr: signal ? `${stderr}\n[${signal}]` : stderr }),
      );
      child.stdin.end(options.input ?? "");
    });
  }

  /** Runs a CLI command that must succeed, with `--json`, and gives its document. */
  async json<T>(args: readonly string[], options: CliOptions = {}): Promise<T> {
    const result = await this.cli([...args, "--json"], options);
    if (result.code !== 0)
      throw new Error(
        `bastide ${args.join(" ")} ended with ${result.code}:\n${result.stdout}\n${result.stderr}`,
      );
    return JSON.parse(result.stdout) as T;
  }

  /** A client of the API as the administrator. */
  async api(): Promise<ApiClient> {
    const token = (await readFile(join(this.home, "admin.token"), "utf8")).trim();
    return new ApiClient({
      baseUrl: `http://bastide.${this.#baseDomain}:${this.port}`,
      token: () => token,
      fetch: gatewayFetch,
    });
  }

  async status(): Promise<PlatformStatus> {
    return this.json<PlatformStatus>(["status"]);
  }

  /** One request through the gateway to an app's host. */
  fetch(app: string, path = "/", init: RequestInit = {}): Promise<Response> {
    return gatewayFetch(`http://${app}.${this.#baseDomain}:${this.port}${path}`, {
      signal: AbortSignal.timeout(15_000),
      ...init,
    });
  }
}

/** Below those that the kernel gives to outgoing connections: what comes back finds its port free. */
const [FIRST_PORT, END_OF_PORTS] = [15_000, 32_768];

/** A TCP port that nobody has. */
export function freePort(): Promise<number> {
  const port = randomInt(FIRST_PORT, END_OF_PORTS);
  return new Promise((settle) => {
    const server = createServer().once("error", () => settle(freePort()));
    server.listen(port, "127.0.0.1", () => server.close(() => settle(port)));
  });
}
