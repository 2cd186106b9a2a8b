import "reflect-metadata";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { type ChildProcess, spawn } from "node:child_process";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

const START_MS = 30_000;

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
  /** Its own certificate, which nobody else issued. */
  readonly #ca: string;
  readonly #port: number;
  readonly #management: number;
  readonly #options: PebbleOptions;
  #child: ChildProcess | undefined;
  #lastWords: string | undefined;
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
    const own = await selfSigned("localhost");
    const file = (name: string) => join(directory, name);
    const ports = [await freePort(), await freePort()] as const;
    await writeFile(file("cert.pem"), own.certificate);
    await writeFile(file("key.pem"), own.key);
    const pebble = new Pebble(directory, own.certificate, ports, options);
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
    return join(this.#directory, "cert.pem");
  }

  /** PEM of the root that its certificates lead to; a new one with each start. */
  root(): Promise<string> {
    return this.#get("/roots/0");
  }

  async run(): Promise<void> {
    this.#lastWords = undefined;
    const child = spawn(
      "pebble",
      ["-config", join(this.#directory, "config.json"), "-dnsserver", this.#options.dns],
      {
        env: { PATH: process.env["PATH"] ?? "/usr/bin", PEBBLE_VA_NOSLEEP: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        this.output += String(chunk);
        if (this.#lastWords !== undefined && String(chunk).includes(this.#lastWords))
          child.kill("SIGKILL");
      });
    // It fails the test that needs it, and says why: install Debian's package `pebble`.
    child.on("error", (error) => (this.output += String(error)));
    this.#child = child;
    await this.#answers();
  }

  async #answers(): Promise<void> {
    const end = performance.now() + START_MS;
    while (performance.now() < end) {
      const root = await this.root().catch(() => undefined);
      if (root !== undefined) return;
      await delay(10);
    }
    throw new Error(`pebble does not answer; it says: ${this.output}`);
  }

  /** Gone in the moment in which it says this: in the middle of what it is asked for. */
  dieSaying(words: string): void {
    this.#lastWords = words;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
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

/** PEM of a certificate for one host that vouches for itself, for a day. */
async function selfSigned(host: string): Promise<{ certificate: string; key: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${host}`,
      keys,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = pkcs8.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    certificate: certificate.toString("pem"),
    key: ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n"),
  };
}
