import { ApiClient } from "@bastide/contracts";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { TestTokens } from "./orchestrator.ts";
import { freePort } from "../../../tools/testing/free-port.ts";
import { startPostgres, type TestPostgres } from "../../../tools/testing/postgres.ts";

const MAIN = join(import.meta.dirname, "../dist/main.js");

/** The built orchestrator as a process of its own, which can be killed at any moment and started again. */
export class OrchestratorProcess implements AsyncDisposable {
  readonly tokens: TestTokens;
  readonly postgres: TestPostgres;
  readonly database: string;
  readonly url: string;
  readonly #directory: string;
  readonly #environment: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  private constructor(
    tokens: TestTokens,
    postgres: TestPostgres,
    directory: string,
    environment: Readonly<Record<string, string>>,
  ) {
    this.tokens = tokens;
    this.postgres = postgres;
    this.#directory = directory;
    this.#environment = environment;
    this.url = `http://${environment["BASTIDE_LISTEN"]}`;
    this.database = environment["BASTIDE_DATABASE_NAME"] ?? "";
  }

  static async prepare(): Promise<OrchestratorProcess> {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing; run "npm run build" first`);
    const tokens = new TestTokens();
    const postgres = await startPostgres();
    const directory = await mkdtemp("/tmp/bastide-orchestrator-process-");
    const keys = join(directory, "keys");
    await mkdir(keys);
    await writeFile(join(keys, "root.key"), tokens.root.toPem());
    await writeFile(join(keys, "secrets.key"), randomBytes(32).toString("base64url"));
    const rootKeys = join(directory, "root-keys.json");
    const publicKey = tokens.root.publicKey.toString();
    await writeFile(rootKeys, JSON.stringify([{ id: 1, publicKey }]));
    return new OrchestratorProcess(tokens, postgres, directory, {
      BASTIDE_LISTEN: `127.0.0.1:${await freePort()}`,
      BASTIDE_DATABASE_HOST: postgres.host,
      BASTIDE_DATABASE_PORT: String(postgres.port),
      BASTIDE_DATABASE_NAME: await postgres.createDatabase(),
      BASTIDE_DATABASE_USER: postgres.user,
      BASTIDE_KEYS_DIR: keys,
      BASTIDE_ROOT_KEYS_FILE: rootKeys,
      BASTIDE_BLOBS_DIR: join(directory, "blobs"),
      BASTIDE_BASE_DOMAIN: "localhost",
      BASTIDE_GATEWAY_PORT: "8080",
      BASTIDE_NODE: "n1",
    });
  }

  client(token: string): ApiClient {
    return new ApiClient({ baseUrl: this.url, token: () => token });
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.#process = spawn(process.execPath, [MAIN], {
      env: this.#environment,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const deadline = Date.now() + 40_000;
    while (!(await this.#answers())) {
      if (this.#process.exitCode !== null) throw new Error("the orchestrator ended");
      if (Date.now() > deadline) throw new Error("the orchestrator does not answer");
      await delay(20);
    }
  }

  /** kill -9: nothing of it can say goodbye. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.postgres.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #answers(): Promise<boolean> {
    return fetch(`${this.url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
