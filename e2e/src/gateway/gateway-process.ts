import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, INSTALLATION } from "../platform.ts";
import { until } from "../until.ts";
import type { GatewayRequest } from "@bastide/contracts";
import { ask } from "./ask.ts";
import { commandGateway } from "./control-socket.ts";

export const GATEWAY_BUNDLE: string = join(INSTALLATION, "apps/gateway/bundle");

/** The built gateway as a process of its own, with a state directory of its own. */
export class GatewayProcess implements AsyncDisposable {
  readonly directory: string;
  readonly port: number;
  readonly #program: string;
  #child: ChildProcess | undefined;

  private constructor(directory: string, port: number, program: string) {
    this.directory = directory;
    this.port = port;
    this.#program = program;
  }

  /** `bundle`: the folder of the built program. */
  static async make(bundle = GATEWAY_BUNDLE): Promise<GatewayProcess> {
    const directory = await mkdtemp(join(tmpdir(), "bastide-gateway-"));
    await writeFile(join(directory, "token"), "token", { mode: 0o600 });
    return new GatewayProcess(directory, await freePort(), join(bundle, "main.js"));
  }

  /** Resolves when it says that it is healthy. */
  async start(
    controlUrl: string,
    more: Readonly<Record<string, string>> = {},
    logFile = join(this.directory, "log"),
  ): Promise<this> {
    const log = openSync(logFile, "a");
    this.#child = spawn(process.execPath, [this.#program], {
      stdio: ["ignore", log, log],
      env: {
        PORT: String(this.port),
        BASTIDE_CONTROL_URL: controlUrl,
        BASTIDE_GATEWAY: "bench",
        BASTIDE_TOKEN_FILE: join(this.directory, "token"),
        BASTIDE_STATE_DIR: this.directory,
        ...more,
      },
    });
    closeSync(log);
    await until("the gateway is healthy", () => this.isHealthy(), { everyMs: 2 });
    return this;
  }

  async isHealthy(): Promise<boolean> {
    const answer = await ask({ port: this.port, path: "/.bastide/health" }).catch(() => undefined);
    return answer?.status === 200;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** One request to the control socket that must succeed. */
  command<Result>(request: GatewayRequest): Promise<Result> {
    return commandGateway(join(this.directory, "control.sock"), request);
  }

  log(): Promise<string> {
    return readFile(join(this.directory, "log"), "utf8");
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
