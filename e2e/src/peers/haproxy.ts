import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask } from "../gateway/ask.ts";
import { until } from "../until.ts";
import { peer } from "./peer.ts";

/** HAProxy as a process of its own, in front of one server that speaks HTTP/1.1. */
export class HaProxy implements AsyncDisposable {
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(directory: string, child: ChildProcess) {
    this.#directory = directory;
    this.#child = child;
  }

  /** Resolves when it answers at `port`. Throws where HAProxy is not and cannot be installed. */
  static async start(port: number, serverPort: number): Promise<HaProxy> {
    const program = await peer("haproxy", "haproxy");
    const directory = await mkdtemp(join(tmpdir(), "bastide-haproxy-"));
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, configuration(port, serverPort), { mode: 0o600 });
    const proxy = new HaProxy(directory, spawn(program, ["-db", "-f", file], { stdio: "ignore" }));
    const answers = () =>
      ask({ port }).then(
        () => true,
        () => false,
      );
    await until("HAProxy answers", answers);
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
    await rm(this.#directory, { recursive: true });
  }
}

const configuration = (port: number, serverPort: number): string => `
global
  maxconn 256
  tune.bufsize 65536
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend clients
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  server one 127.0.0.1:${serverPort}
`;
