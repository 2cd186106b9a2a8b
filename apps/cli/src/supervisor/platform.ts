import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../command-line/failure.ts";
import { decideHome } from "../home/decide-home.ts";
import { chooseGatewayPorts, type GatewayPorts } from "../home/gateway-ports.ts";
import { readHomeFile, writeHomeFile } from "../home/home-file.ts";
import {
  type Home,
  type HomePaths,
  logFileOf,
  platformHttpsUrl,
  platformUrl,
} from "../home/home.ts";
import { localNodes } from "../home/local-nodes.ts";
import { networkOf } from "../home/node-network.ts";
import { makeNodeDirectories, openHome } from "../home/open-home.ts";
import { ensureKeys } from "../keys/platform-keys.ts";
import { anyFreePort } from "../machine/port-owner.ts";
import { isRoot, ownUser } from "../machine/user.ts";
import { during, type Reporter } from "../output/reporter.ts";
import { type Cluster, prepareSocketDirectory } from "../postgres/cluster.ts";
import { ensureCluster } from "../postgres/create.ts";
import { choosePostgres, installedPostgres, postgresOf } from "../postgres/locate.ts";
import { localAgentService } from "./agent-service.ts";
import { checkGatewayPort } from "./gateway-port.ts";
import { runHelper } from "./helper-process.ts";
import { livingInstances } from "./own-instances.ts";
import { makeNetwork, removeNetwork } from "./node-network.ts";
import { orchestratorService, type PlatformPlan } from "./orchestrator-service.ts";
import { applyOptions, databaseUser, withFreePorts } from "./home-options.ts";
import { postgresService } from "./postgres-service.ts";
import { waitForGateway, waitForOrchestrator } from "./readiness.ts";
import { Service, type ServiceSpec } from "./service.ts";
import { type SupervisorState, tryWriteState } from "./state-file.ts";
import type { UpOptions } from "./up-options.ts";

const PUBLISH_AGAIN_MS = 2_000;
const RETURN_EVERY_MS = 1_000;
const STOPPED = "stopped by an operator; start it with `bastide ha start gateway`";

/** All that one home runs. Started in an order in which each finds what it needs, stopped in the other. */
export class Platform {
  readonly #options: UpOptions;
  readonly #paths: HomePaths;
  readonly #reporter: Reporter;
  readonly #startedAt = new Date().toISOString();
  readonly #services: Service[] = [];
  #home: Home | undefined;
  #phase: SupervisorState["phase"] = "starting";
  #healthy = false;
  #publishAgain: NodeJS.Timeout | undefined;
  #returning: Promise<void> = Promise.resolve();

  constructor(options: UpOptions, paths: HomePaths, reporter: Reporter) {
    this.#options = options;
    this.#paths = paths;
    this.#reporter = reporter;
  }

  get home(): Home {
    if (this.#home === undefined) throw new Error("the home was not opened yet");
    return this.#home;
  }

  get logFiles(): string[] {
    return [...this.#services.map(({ spec }) => spec.logFile), join(this.#paths.run, "up.log")];
  }

  async start(signal: AbortSignal): Promise<void> {
    await during(this.#reporter, "home", async (phase) => {
      this.#home = await this.#openHome();
      phase.done(this.#paths.directory);
    });
    const cluster = this.#cluster();
    ensureKeys(this.#paths, this.home);
    signal.throwIfAborted();
    await Promise.all([this.#startDatabase(cluster), this.renewTokens()]);
    signal.throwIfAborted();
    await this.#startPrograms(this.#plan(cluster), signal);
    if (await this.#hasGateway(signal)) await this.#probe(signal);
    else this.#returning = this.#whenGatewayReturns(signal);
    this.#phase = "running";
    this.#publish();
  }

  /** What a start checks was checked: an app was deployed and answered through the gateway. */
  get isHealthy(): boolean {
    return this.#healthy;
  }

  /** Ends what was started, last first: instances with the agent, then the control plane, then the database. */
  async stop(): Promise<void> {
    this.#phase = "stopping";
    await this.#returning;
    this.#publish();
    for (const service of this.#services.toReversed())
      await during(this.#reporter, `stopping ${service.spec.name}`, () => service.stop());
    const nodes = this.#home === undefined ? [] : localNodes(this.#home, this.#paths);
    const left = nodes.flatMap(({ directory }) => livingInstances(directory)).length;
    const network = this.#home && networkOf(this.#home, this.#paths);
    if (network && left === 0) await removeNetwork(network);
    if (left > 0) this.#reporter.remark(`${left} instances still run; \`bastide down\` stops them`);
  }

  /** Signs the administrator's and the node's token again. */
  async renewTokens(): Promise<void> {
    await runHelper("keys/token-process.js", [this.#paths.directory]);
  }

  async #openHome(): Promise<Home> {
    const recorded = readHomeFile(this.#paths.homeFile);
    const ports = recorded?.ports ?? (await this.#choosePorts());
    const { gatewayPort = ports.gateway, httpsPort = ports.https } = this.#options;
    await checkGatewayPort(gatewayPort, this.#paths.agent);
    await checkGatewayPort(httpsPort, this.#paths.agent, "--https-port");
    const freePort = await anyFreePort();
    const home = openHome(this.#paths, () => this.#decide({ gatewayPort, httpsPort }, freePort));
    const asked = applyOptions(home, this.#options);
    const current = await withFreePorts(asked, freePort);
    if (JSON.stringify(current) !== JSON.stringify(home)) {
      writeHomeFile(this.#paths.homeFile, current);
      makeNodeDirectories(this.#paths, current);
    }
    return current;
  }

  async #choosePorts(): Promise<GatewayPorts> {
    const { gatewayPort: port, httpsPort, baseDomain } = this.#options;
    const chosen = await chooseGatewayPorts({ port, httpsPort, baseDomain, asRoot: isRoot() });
    if (chosen.remark !== undefined) this.#reporter.remark(chosen.remark);
    return chosen;
  }

  #decide(
    ports: { readonly gatewayPort: number; readonly httpsPort: number },
    orchestratorPort: number,
  ): Home {
    return decideHome({
      ...this.#options,
      ...ports,
      asRoot: isRoot(),
      now: new Date(),
      postgres: choosePostgres(installedPostgres(this.#options.installation)),
      databaseUser: databaseUser(),
      // Debian has it built in; C sorts the same way and is everywhere.
      locale: existsSync("/usr/lib/locale/C.utf8") ? "C.UTF-8" : "C",
      orchestratorPort,
    });
  }

  #cluster(): Cluster {
    const user = this.home.users?.database ?? ownUser();
    return {
      binaries: postgresOf(installedPostgres(this.#options.installation), this.home.database),
      dataDirectory: this.#paths.database,
      socketDirectory: prepareSocketDirectory(this.#paths.run, user),
      logFile: logFileOf(this.#paths, "postgres"),
      locale: this.home.database.locale,
      user,
    };
  }

  #plan(cluster: Cluster): PlatformPlan {
    const { installation, version } = this.#options;
    const { socketDirectory } = cluster;
    return { home: this.home, paths: this.#paths, installation, version, socketDirectory };
  }

  async #startDatabase(cluster: Cluster): Promise<void> {
    await during(this.#reporter, "PostgreSQL", async (phase) => {
      const password = readFileSync(this.#paths.databasePassword, "utf8");
      const isNew = await ensureCluster(cluster, password);
      await this.#begin(postgresService(cluster));
      const { engine, major } = cluster.binaries;
      phase.done(`${engine} ${major}${isNew ? ", new database" : ""}`);
    });
  }

  /** The agent starts beside the control plane: what ran before serves at once, from its last known good state. */
  async #startPrograms(plan: PlatformPlan, signal: AbortSignal): Promise<void> {
    const network = networkOf(plan.home, plan.paths);
    if (network) await makeNetwork(network);
    await during(this.#reporter, "orchestrator", async (phase) => {
      const orchestrator = await this.#begin(orchestratorService(plan));
      const [first, ...further] = localNodes(plan.home, plan.paths);
      for (const node of further) rmSync(node.unpluggedFile, { force: true });
      if (first) await this.#begin(localAgentService(plan, first));
      await waitForOrchestrator(plan.home, orchestrator, signal);
      phase.done(`control plane on 127.0.0.1:${plan.home.ports.orchestrator}`);
    });
    await this.#startNodes(plan, signal);
  }

  /** False where an operator stopped it: all else is up then. */
  #hasGateway(signal: AbortSignal): Promise<boolean> {
    return during(this.#reporter, "gateway", async (phase) => {
      const { home } = this;
      const hasIt = (await waitForGateway(home, this.#paths, this.#services, signal)) === "answers";
      phase.done(hasIt ? `${platformUrl(home)} and ${platformHttpsUrl(home)}` : STOPPED);
      return hasIt;
    });
  }

  /** An operator who starts the gateway makes the platform healthy, by the same check as at a start. */
  async #whenGatewayReturns(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#healthy)
      try {
        await delay(RETURN_EVERY_MS, undefined, { signal });
        const found = await waitForGateway(this.home, this.#paths, this.#services, signal);
        if (found === "answers") await this.#probe(signal);
      } catch (error) {
        if (!signal.aborted) this.#reporter.remark(messageOf(error));
      }
    this.#publish();
  }

  /** The further nodes join as other machines do, so that the control plane has to be there first. */
  async #startNodes(plan: PlatformPlan, signal: AbortSignal): Promise<void> {
    const [, ...further] = localNodes(plan.home, plan.paths);
    if (further.length === 0) return;
    await during(this.#reporter, "nodes", async (phase) => {
      await runHelper("nodes/join-process.js", [this.#paths.directory], signal);
      for (const node of further) await this.#begin(localAgentService(plan, node));
      phase.done(further.map(({ name }) => name).join(", "));
    });
  }

  /** Healthy means that an app was deployed and answered through the gateway. */
  async #probe(signal: AbortSignal): Promise<void> {
    await during(this.#reporter, "probe app", async (phase) => {
      const { installation } = this.#options;
      const args = [this.#paths.directory, join(installation, "apps/cli/probe")];
      await runHelper("supervisor/probe-process.js", args, signal);
      phase.done("deployed and fetched through the gateway");
      this.#healthy = true;
    });
  }

  async #begin(spec: ServiceSpec): Promise<Service> {
    const service = new Service(
      spec,
      (text) => this.#reporter.remark(text),
      () => this.#publish(),
    );
    await service.start();
    this.#services.push(service);
    this.#publish();
    return service;
  }

  #publish(): void {
    if (this.#home === undefined) return;
    clearTimeout(this.#publishAgain);
    const error = tryWriteState(this.#paths.state, {
      pid: process.pid,
      phase: this.#phase,
      healthy: this.#healthy,
      startedAt: this.#startedAt,
      url: platformUrl(this.#home),
      services: this.#services.map((service) => service.status),
    });
    // Keeping the programs up is what counts; a full disk only makes `status` tell old news for a while.
    if (error !== undefined)
      this.#publishAgain = setTimeout(() => this.#publish(), PUBLISH_AGAIN_MS).unref();
  }
}
