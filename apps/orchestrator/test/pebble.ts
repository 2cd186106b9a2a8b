import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { issueAuthority, issueLeaf } from "../src/certificates/x509/issue.ts";
import { until } from "./platform.ts";

export interface PebbleOptions {
  /** Where it looks for challenges. */
  readonly httpPort: number;
  readonly tlsPort: number;
  /** `<address>:<port>` */
  readonly dns: string;
}

/** A real certificate authority for tests: Let's Encrypt's Pebble (Debian: `pebble`). */
export class Pebble implements AsyncDisposable {
  readonly #directory: string;
  readonly #ca: string;
  readonly #port: number;
  readonly #management: number;
  readonly #options: PebbleOptions;
  #child: ChildProcess | undefined;
  output = "";

  private constructor(
    directory: string,
    ca: string,
    ports: readonly [number, number],
    options: PebbleOptions,
  ) {
    this.#directory = directory;
    this.#ca = ca;
    [this.#port, this.#management] = ports;
    this.#options = options;
  }

  static async start(options: PebbleOptions): Promise<Pebble> {
    const directory = await mkdtemp("/tmp/bastide-pebble-");
    const authority = await issueAuthority("localhost", new Date());
    const leaf = await issueLeaf(authority, ["localhost"], new Date());
    const file = (name: string) => join(directory, name);
    const ports = [await freePort(), await freePort()] as const;
    await writeFile(file("ca.pem"), authority.chain);
    await writeFile(file("cert.pem"), leaf.chain);
    await writeFile(file("key.pem"), leaf.key);
    const pebble = new Pebble(directory, authority.chain, ports, options);
    await writeFile(
      file("config.json"),
      JSON.stringify({
        pebble: {
          listenAddress: `127.0.0.1:${ports[0]}`,
          managementListenAddress: `127.0.0.1:${ports[1]}`,
          certificate: file("cert.pem"),
          privateKey: file("key.pem"),
          httpPort: options.httpPort,
          tlsPort: options.tlsPort,
        },
      }),
    );
    await pebble.run();
    return pebble;
  }

  get directory(): string {
    return `https://localhost:${this.#port}/dir`;
  }

  get caFile(): string {
    return join(this.#directory, "ca.pem");
  }

  /** PEM of the root that its certificates lead to; a new one with each start. */
  root(): Promise<string> {
    return this.#get("/roots/0");
  }

  async run(): Promise<void> {
    const child = spawn(
      "pebble",
      ["-config", join(this.#directory, "config.json"), "-dnsserver", this.#options.dns],
      {
        env: { PATH: process.env["PATH"] ?? "/usr/bin", PEBBLE_VA_NOSLEEP: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => (this.output += String(chunk)));
    // It fails the test that needs it, and says why: install Debian's package `pebble`.
    child.on("error", (error) => (this.output += String(error)));
    this.#child = child;
    await until(`pebble answers; it says: ${this.output}`, () =>
      this.root().then(
        () => true,
        () => false,
      ),
    );
  }

  /** Gone, as when its machine is; `run` brings it back with its memory lost. */
  async die(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die();
    await rm(this.#directory, { recursive: true });
  }

  #get(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", servername: "localhost", port: this.#management, path };
      get({ ...options, ca: this.#ca, agent: false }, (answer) => {
        text(answer).then(resolve, reject);
      }).on("error", reject);
    });
  }
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
