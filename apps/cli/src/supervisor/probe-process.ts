import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ApiClient,
  ApiError,
  type App,
  type Deployment,
  DeploymentEvent,
  endpoints,
  hasEnded,
} from "@bastide/contracts";
import { clientOf } from "../api/connection.ts";
import { readToken } from "../api/read-token.ts";
import { messageOf } from "../command-line/failure.ts";
import { uploadDirectory } from "../deploy/upload.ts";
import { readHomeFile } from "../home/home-file.ts";
import { type Home, homePaths, orchestratorUrl } from "../home/home.ts";
import { ask } from "./http-check.ts";

/**
 * A process of its own, run once per start: deploys the small app in `probe/` through the API like anybody else, fetches
 * it through the gateway, and puts it to sleep. Exit code 0 means that the platform does its job.
 */
const TARGET = {
  organisation: "main",
  project: "platform",
  app: "probe",
  environment: "production",
};
const TIMEOUT_MS = 90_000;
const FETCH_TIMEOUT_MS = 10_000;

/** One run of the probe against one home's platform. */
class Probe {
  readonly #home: Home;
  readonly #directory: string;
  readonly #client: ApiClient;
  readonly #signal = AbortSignal.timeout(TIMEOUT_MS);

  constructor(home: Home, directory: string, client: ApiClient) {
    this.#home = home;
    this.#directory = directory;
    this.#client = client;
  }

  async run(): Promise<void> {
    await this.#ensureProject();
    const ended = await this.#untilEnded(await this.#wakeOrDeploy());
    if (ended.phase !== "succeeded") throw new Error(failureOf(ended));
    await fetchThroughGateway(this.#home);
    await this.#client.call(endpoints.deployments.scale, { ...this.#call, body: { web: 0 } });
  }

  get #call() {
    return { parameters: TARGET, signal: this.#signal };
  }

  async #ensureProject(): Promise<void> {
    const { organisation, project } = TARGET;
    const signal = this.#signal;
    await unlessThere(
      this.#client.call(endpoints.organisations.create, { body: { name: organisation }, signal }),
    );
    const body = { name: project };
    const parameters = { organisation };
    await unlessThere(this.#client.call(endpoints.projects.create, { parameters, body, signal }));
  }

  /** What an earlier start deployed is only woken up: no new release for each start. */
  async #wakeOrDeploy(): Promise<Deployment> {
    const app = await this.#client.call(endpoints.apps.put, this.#call);
    const description = descriptionOf(this.#directory);
    if (await this.#isDeployed(app, description))
      return this.#client.call(endpoints.deployments.scale, { ...this.#call, body: { web: 1 } });
    const options = { prebuilt: true, signal: this.#signal };
    const connecting = Promise.resolve({ client: this.#client });
    const source = await uploadDirectory(this.#directory, TARGET, connecting, options);
    const body = { source: source.digest, prebuilt: true, description };
    return this.#client.call(endpoints.deployments.create, { ...this.#call, body });
  }

  async #isDeployed(app: App, description: string): Promise<boolean> {
    if (!app.environments.some((one) => one.currentRelease !== undefined)) return false;
    const query = { limit: 1 };
    const { items } = await this.#client.call(endpoints.releases.list, { ...this.#call, query });
    return items[0]?.description === description;
  }

  async #untilEnded(begun: Deployment): Promise<Deployment> {
    if (hasEnded(begun.phase)) return begun;
    const call = { parameters: { ...TARGET, deployment: begun.id }, signal: this.#signal };
    const events = this.#client.events(endpoints.deployments.events, DeploymentEvent, call);
    for await (const event of events)
      if (event.type === "deployment" && hasEnded(event.deployment.phase)) return event.deployment;
    return this.#untilEnded(await this.#client.call(endpoints.deployments.get, call));
  }
}

/** A name that is taken by us already is what we want. */
async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "name-taken") throw error;
  }
}

function descriptionOf(probeDirectory: string): string {
  const server = readFileSync(join(probeDirectory, "server.mjs"));
  return `probe ${createHash("sha256").update(server).digest("hex").slice(0, 16)}`;
}

async function fetchThroughGateway(home: Home): Promise<void> {
  const port = home.ports.gateway;
  const check = {
    host: "127.0.0.1",
    port,
    hostHeader: `probe.${home.baseDomain}:${port}`,
    path: "/",
  };
  const deadline = Date.now() + FETCH_TIMEOUT_MS;
  let answer = await ask(check, 2_000);
  while (answer?.body !== "probe: well\n") {
    if (Date.now() > deadline)
      throw new Error(
        `the probe app was deployed, but http://${check.hostHeader}/ answers ${answer === undefined ? "nothing" : `${answer.status}: ${answer.body.slice(0, 200)}`}`,
      );
    await delay(50);
    answer = await ask(check, 2_000);
  }
}

const failureOf = ({ phase, failure }: Deployment): string =>
  [
    `the probe app's deployment ${phase}: ${failure?.message ?? "no reason was given"}`,
    ...(failure?.lastLogs ?? []),
  ].join("\n");

try {
  const paths = homePaths(process.argv[2] ?? "");
  const home = readHomeFile(paths.homeFile);
  if (home === undefined) throw new Error(`${paths.homeFile} does not exist`);
  const client = clientOf(orchestratorUrl(home), () => readToken(paths.adminToken));
  await new Probe(home, process.argv[3] ?? "", client).run();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
