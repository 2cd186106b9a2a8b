import "reflect-metadata";
import { biscuit, KeyPair } from "@bastide/biscuit";
import { ApiClient } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import type { Type } from "@nestjs/common";
import type { NestFastifyApplication } from "@nestjs/platform-fastify";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../src/config.ts";
import { createOrchestrator } from "../src/orchestrator.ts";
import { NothingRunsModule } from "./nothing-runs.ts";
import { startPostgres, type TestPostgres } from "../../../tools/testing/postgres.ts";

export interface TestOrchestrator extends AsyncDisposable {
  readonly app: NestFastifyApplication;
  readonly config: Config;
  readonly postgres: TestPostgres;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly tokens: TestTokens;
  /** Every route that was registered, as Fastify writes it. */
  readonly routes: readonly { method: string; path: string }[];
  /** Every line of the log so far, as JSON. */
  readonly log: readonly string[];
  client(token: string): ApiClient;
  /** Stops the orchestrator and leaves PostgreSQL and the directory, so that another can follow. */
  restart(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Tokens as the platform's root key signs them. */
export class TestTokens {
  readonly root: KeyPair = KeyPair.generate();

  get admin(): string {
    return this.#signed(
      biscuit`user("admin"); platform_role("admin"); check if time($t), $t < ${later()};`,
    );
  }

  member(organisation: string, role: string, expires: Date = later()): string {
    const user = `${role}-of-${organisation}`;
    return this.#signed(
      biscuit`user(${user}); role(${organisation}, ${role}); check if time($t), $t < ${expires};`,
    );
  }

  node(name: string): string {
    return this.#signed(biscuit`node(${name}); check if time($t), $t < ${later()};`);
  }

  gateway(name: string): string {
    return this.#signed(biscuit`gateway(${name}); check if time($t), $t < ${later()};`);
  }

  /** All that an admin's token says, signed by a key that the platform does not know. */
  get foreign(): string {
    return this.#signed(biscuit`user("admin"); platform_role("admin");`, KeyPair.generate());
  }

  #signed(builder: ReturnType<typeof biscuit>, key: KeyPair = this.root): string {
    return builder.rootKeyId(1).sign(key).toString();
  }
}

const later = (): Date => new Date(Date.now() + HOUR_MS);

/** A whole orchestrator with a PostgreSQL and a directory of its own, on a free port. */
export async function startOrchestrator(
  control: readonly Type[] = [NothingRunsModule],
  overrides: Partial<Config> = {},
): Promise<TestOrchestrator> {
  const postgres = await startPostgres();
  const directory = await mkdtemp("/tmp/bastide-orchestrator-");
  const tokens = new TestTokens();
  const config = await prepare(directory, tokens.root, postgres, overrides);
  const started = new RunningOrchestrator(postgres, directory, tokens, config, control);
  try {
    await started.start();
    return started;
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}

async function prepare(
  directory: string,
  root: KeyPair,
  postgres: TestPostgres,
  overrides: Partial<Config>,
): Promise<Config> {
  const keysDirectory = join(directory, "keys");
  await mkdir(keysDirectory);
  await writeFile(join(keysDirectory, "root.key"), root.toPem());
  await writeFile(join(keysDirectory, "secrets.key"), randomBytes(32).toString("base64url"));
  const rootKeysFile = join(directory, "root-keys.json");
  await writeFile(rootKeysFile, JSON.stringify([{ id: 1, publicKey: root.publicKey.toString() }]));
  const { host, port, user } = postgres;
  return {
    listen: { host: "127.0.0.1", port: 0 },
    database: { host, port, user, name: await postgres.createDatabase() },
    keysDirectory,
    rootKeysFile,
    blobsDirectory: join(directory, "blobs"),
    baseDomain: "localhost",
    gatewayPort: 8080,
    gatewayHttpsPort: 8443,
    gatewayListen: ["127.0.0.1"],
    publicAddresses: undefined,
    dnsServers: undefined,
    acme: {
      // Nobody answers there: a test that needs an authority starts one.
      directory: "https://127.0.0.1:1/directory",
      caaIdentities: ["letsencrypt.org"],
      contact: undefined,
      isAgreed: true,
      caFile: undefined,
    },
    node: "n1",
    nodesListen: undefined,
    etcd: undefined,
    drillWitness: undefined,
    version: "0.0.0-test",
    maxSourceBytes: 10 * 1024 * 1024,
    ...overrides,
  };
}

class RunningOrchestrator implements TestOrchestrator {
  readonly postgres: TestPostgres;
  readonly tokens: TestTokens;
  readonly config: Config;
  readonly routes: { method: string; path: string }[] = [];
  readonly log: string[] = [];
  readonly #directory: string;
  readonly #control: readonly Type[];
  #app: NestFastifyApplication | undefined;
  #url = "";

  constructor(
    postgres: TestPostgres,
    directory: string,
    tokens: TestTokens,
    config: Config,
    control: readonly Type[],
  ) {
    this.postgres = postgres;
    this.#directory = directory;
    this.tokens = tokens;
    this.config = config;
    this.#control = control;
  }

  get app(): NestFastifyApplication {
    if (!this.#app) throw new Error("the orchestrator does not run");
    return this.#app;
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    const logger = new JsonLogger((line) => void this.log.push(line));
    const app = await createOrchestrator(this.config, this.#control, logger);
    this.routes.length = 0;
    app
      .getHttpAdapter()
      .getInstance()
      .addHook("onRoute", ({ method, url }: { method: string | string[]; url: string }) => {
        for (const one of [method].flat()) this.routes.push({ method: one, path: url });
      });
    await app.listen(0, "127.0.0.1");
    this.#app = app;
    this.#url = await app.getUrl();
  }

  async restart(): Promise<void> {
    await this.app.close();
    await this.start();
  }

  client(token: string): ApiClient {
    return new ApiClient({ baseUrl: this.url, token: () => token });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app?.close();
    await this.postgres.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
