import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { biscuit, KeyPair } from "@bastide/biscuit";
import { packArtefact } from "@bastide/builder";
import { ApiClient, type InstanceSpec, uuidv7 } from "@bastide/contracts";
import { COMPILED } from "../../../tools/testing/compiled.ts";
import { FakeControlPlane } from "./control-plane.fixture.ts";

const INSTALLATION = fileURLToPath(new URL("../../..", import.meta.url));
const MAIN = join(INSTALLATION, "apps/agent/src/main.ts");
const NODE = join(INSTALLATION, "node_modules/.bin/node");
/** The ports of its instances, apart from those of a file that runs beside this one. */
const FIRST_PORT = 23_000 + Number(process.env["VITEST_POOL_ID"] ?? 0) * 500;
export const LAST_PORT = FIRST_PORT + 499;

/** A web app that says who it is, and does what its URL says. */
export const WEB_APP: Readonly<Record<string, string>> = {
  "server.js": `
    const { createServer } = require("node:http");
    const { existsSync, readFileSync } = require("node:fs");
    let sick = false;
    const routes = {
      "/pid": () => String(process.pid),
      "/env": () => JSON.stringify(process.env),
      "/file": () => readFileSync("/run/bastide/token", "utf8"),
      "/health": () => (sick ? undefined : "ok"),
      "/sick": () => ((sick = true), "sick"),
      "/exit": () => setTimeout(() => process.exit(3)) && "bye",
      "/dependency": () => require("greeting"),
      "/write": () => { require("node:fs").writeFileSync("/data/kept", "kept"); return "written"; },
      "/fail": () => { require("node:fs").writeFileSync("/tmp/failing", ""); return "failing"; },
      "/hang": () => { require("node:fs").writeFileSync("/tmp/hanging", ""); return "hanging"; },
      "/kept": () => String(existsSync("/data/kept")),
    };
    createServer((request, response) => {
      console.log("request " + request.url);
      const answer = routes[request.url]?.();
      response.writeHead(answer === undefined ? 500 : 200).end(answer);
    }).listen(process.env.PORT, process.env.HOST, () => console.error("listening on " + process.env.PORT));
  `,
  "node_modules/greeting/index.js": `module.exports = "hello";`,
};

/** One agent in a process of its own, and the control plane that it follows. */
export class Bench {
  readonly controlPlane = new FakeControlPlane();
  readonly key = KeyPair.generate();
  readonly directory: string;
  readonly extra: Record<string, string> = {};
  /** What Node runs as the agent; its sources by default, so that no test waits for a build. */
  program: readonly string[] = ["--conditions=source", MAIN];
  output = "";
  #agent: ChildProcess | undefined;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<Bench> {
    const bench = new Bench(await mkdtemp(join(tmpdir(), "agent-test-")));
    await bench.controlPlane.start();
    await writeFile(join(bench.directory, "node.token"), "first-token\n", { mode: 0o600 });
    const keys = [{ id: 1, publicKey: bench.key.publicKey.toString() }];
    await writeFile(join(bench.directory, "root-keys.json"), JSON.stringify(keys));
    return bench;
  }

  get agentDirectory(): string {
    return join(this.directory, "agent");
  }

  get pid(): number | undefined {
    return this.#agent?.pid;
  }

  startAgent(): ChildProcess {
    const agent = spawn(NODE, this.program, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        NODE_COMPILE_CACHE: COMPILED,
        BASTIDE_ORCHESTRATOR_URL: this.controlPlane.url,
        BASTIDE_NODE: "one",
        BASTIDE_TOKEN_FILE: join(this.directory, "node.token"),
        BASTIDE_ROOT_KEYS_FILE: join(this.directory, "root-keys.json"),
        BASTIDE_AGENT_DIR: this.agentDirectory,
        BASTIDE_INSTALLATION: INSTALLATION,
        BASTIDE_PORTS: `${FIRST_PORT}-${LAST_PORT}`,
        ...this.extra,
      },
    });
    for (const stream of [agent.stdout, agent.stderr])
      stream.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    this.#agent = agent;
    return agent;
  }

  /** Sends the signal and waits for the end; the exit code, or undefined when a signal ended it. */
  async endAgent(signal: NodeJS.Signals): Promise<number | undefined> {
    const agent = this.#agent;
    if (!agent || agent.exitCode !== null || agent.signalCode !== null)
      return agent?.exitCode ?? undefined;
    const exited = once(agent, "exit");
    agent.kill(signal);
    const [code] = await exited;
    return code ?? undefined;
  }

  /** Packs files as an artefact that the control plane has; its digest. */
  async artefact(files: Readonly<Record<string, string>>): Promise<string> {
    const tree = await mkdtemp(join(this.directory, "tree-"));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(tree, name)), { recursive: true });
      await writeFile(join(tree, name), text);
    }
    const file = `${tree}.tar`;
    const { digest } = await packArtefact(tree, file);
    this.controlPlane.blobs.set(digest, await readFile(file));
    return digest;
  }

  async web(changes: Partial<InstanceSpec> = {}): Promise<InstanceSpec> {
    return spec(await this.artefact(WEB_APP), changes);
  }

  /** A client of the agent's API with a token of the control plane's. */
  client(token = this.controlPlaneToken()): ApiClient {
    return new ApiClient({ baseUrl: this.controlPlane.agentUrl ?? "", token: () => token });
  }

  controlPlaneToken(): string {
    const until = new Date(Date.now() + 60_000);
    return biscuit`control_plane(true); check if time($t), $t < ${until};`
      .rootKeyId(1)
      .sign(this.key)
      .toString();
  }

  /** Ends everything that the test started and removes every trace. */
  async clear(): Promise<void> {
    const instances = join(this.agentDirectory, "instances");
    if ((await this.endAgent("SIGINT")) === undefined && (await exists(instances))) {
      this.startAgent();
      await this.controlPlane.until(() => this.output.includes("the agent is ready"));
      await this.endAgent("SIGINT");
    }
    await this.controlPlane.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function exists(directory: string): Promise<boolean> {
  return readdir(directory).then(
    () => true,
    () => false,
  );
}

export function spec(digest: string, changes: Partial<InstanceSpec> = {}): InstanceSpec {
  return {
    id: uuidv7(),
    organisation: "acme",
    project: "main",
    app: "shop",
    environment: "production",
    process: "web",
    release: "v1",
    artefact: { kind: "blob", digest },
    command: ["/bin/sh", "-c", "exec node server.js"],
    environmentVariables: { GREETING: "hello" },
    files: { token: "first" },
    listens: true,
    promises: [{ kind: "http", path: "/health", timeoutSeconds: 2, everySeconds: 1 }],
    limits: { memoryBytes: 256 * 1024 * 1024, cpuMillis: 1000, processes: 64, openFiles: 1024 },
    stopGraceMs: 2000,
    state: "running",
    ...changes,
  };
}
