import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectNet } from "node:net";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { COMPILED } from "../../../tools/testing/compiled.ts";
import { until } from "./platform.ts";

const MAIN = join(import.meta.dirname, "../../gateway/src/main.ts");

export interface GatewayPorts {
  readonly http: number;
  readonly https: number;
}

/** The real gateway as a process, following an orchestrator of a test. */
export class GatewayProcess implements AsyncDisposable {
  readonly #directory: string;
  readonly #ports: GatewayPorts;
  readonly #child: ChildProcess;
  output = "";

  private constructor(directory: string, ports: GatewayPorts, control: string) {
    this.#directory = directory;
    this.#ports = ports;
    this.#child = spawn(process.execPath, ["--conditions=source", MAIN], {
      env: {
        NODE_COMPILE_CACHE: COMPILED,
        PORT: String(ports.http),
        BASTIDE_HTTPS_PORT: String(ports.https),
        BASTIDE_CONTROL_URL: control,
        BASTIDE_GATEWAY: "n1",
        BASTIDE_TOKEN_FILE: join(directory, "token"),
        BASTIDE_STATE_DIR: directory,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk) => (this.output += String(chunk)));
  }

  static async start(ports: GatewayPorts, control: string, token: string): Promise<GatewayProcess> {
    const directory = await mkdtemp("/tmp/bastide-test-gateway-");
    await writeFile(join(directory, "token"), token, { mode: 0o600 });
    const gateway = new GatewayProcess(directory, ports, control);
    await until("the gateway listens", () => isListening(ports.https));
    return gateway;
  }

  /** The certificate that is shown for a name to whoever trusts `ca`; undefined when there is none that it takes. */
  async shown(servername: string, ca: string): Promise<PeerCertificate | undefined> {
    const socket = connect({ host: "127.0.0.1", port: this.#ports.https, servername, ca });
    try {
      await once(socket, "secureConnect");
      return socket.getPeerCertificate();
    } catch {
      return undefined;
    } finally {
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill("SIGTERM");
      await once(this.#child, "exit");
    }
    await rm(this.#directory, { recursive: true });
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectNet(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
