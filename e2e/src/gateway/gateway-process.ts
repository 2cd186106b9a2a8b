import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort, INSTALLATION } from "../platform.ts";
import { until } from "../until.ts";
import { GatewayAnswer, type GatewayRequest } from "@bastide/contracts";
import { ask } from "./ask.ts";

/** The built gateway as a process of its own, with a state directory of its own. */
export class GatewayProcess implements AsyncDisposable {
  readonly directory: string;
  readonly port: number;
  #child: ChildProcess | undefined;

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.port = port;
  }

  static async make(): Promise<GatewayProcess> {
    const directory = await mkdtemp(join(tmpdir(), "bastide-gateway-"));
    await writeFile(join(directory, "token"), "token", { mode: 0o600 });
    return new GatewayProcess(directory, await freePort());
  }

  /** Resolves when it says that it is healthy. */
  async start(
    controlUrl: string,
    more: Readonly<Record<string, string>> = {},
    logFile = join(this.directory, "log"),
  ): Promise<this> {
    const log = openSync(logFile, "a");
    this.#child = spawn(process.execPath, [join(INSTALLATION, "apps/gateway/bundle/main.js")], {
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
  async command<Result>(request: GatewayRequest): Promise<Result> {
    const socket = connect(join(this.directory, "control.sock"));
    try {
      await once(socket, "connect");
      socket.write(`${JSON.stringify(request)}\n`);
      const [line] = await once(createInterface({ input: socket }), "line");
      const answer = GatewayAnswer.parse(JSON.parse(String(line)));
      if (!answer.ok) throw new Error(answer.error.message);
      return answer.result as Result;
    } finally {
      socket.destroy();
    }
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
