import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../command-line/failure.ts";
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
import { openHome } from "../home/open-home.ts";
import { ensureKeys } from "../keys/platform-keys.ts";
import { anyFreePort, isPortFree } from "../machine/port-owner.ts";
import { findUser, isRoot, ownUser } from "../machine/user.ts";
import { during, type Reporter } from "../output/reporter.ts";
import { type Cluster, prepareSocketDirectory } from "../postgres/cluster.ts";
import { ensureCluster } from "../postgres/create.ts";
import { choosePostgres, installedPostgres, postgresOf } from "../postgres/locate.ts";
import { agentService } from "./agent-service.ts";
import { checkGatewayPort } from "./gateway-port.ts";
import { runHelper } from "./helper-process.ts";
import { livingInstances } from "./own-instances.ts";
import { orchestratorService, type PlatformPlan } from "./orchestrator-service.ts";
import { postgresService } from "./postgres-service.ts";
import { waitForGateway, waitForOrchestrator } from "./readiness.ts";
import { Service, type ServiceSpec } from "./service.ts";
import { type SupervisorState, tryWriteState } from "./state-file.ts";

const PUBLISH_AGAIN_MS = 2_000;

/** What `up` was asked for. */
export interface UpOptions {
  readonly directory: string;
  readonly installation: string;
  readonly version: string;
  readonly gatewayPort: number | undefined;
  readonly httpsPort: number | undefined;
  readonly baseDomain: string | undefined;
  readonly listen: readonly string[] | undefined;
}

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
    await this.#probe(signal);
    this.#healthy = true;
    this.#phase = "running";
    this.#publish();
  }

  /** Ends what was started, last first: instances with the agent, then the control plane, then the database. */
  async stop(): Promise<void> {
    this.#phase = "stopping";
    this.#publish();
    for (const service of this.#services.toReversed())
      await during(this.#reporter, `stopping ${service.spec.name}`, () => service.stop());
    const left = livingInstances(this.#paths.agent).length;
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
    const current = (await isPortFree(asked.ports.orchestrator))
      ? asked
      : { ...asked, ports: { ...asked.ports, orchestrator: freePort } };
    if (JSON.stringify(current) !== JSON.stringify(home))
      writeHomeFile(this.#paths.homeFile, current);
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
    await during(this.#reporter, "orchestrator", async (phase) => {
      const orchestrator = await this.#begin(orchestratorService(plan));
      await this.#begin(agentService(plan));
      await waitForOrchestrator(plan.home, orchestrator, signal);
      phase.done(`control plane on 127.0.0.1:${plan.home.ports.orchestrator}`);
    });
    await during(this.#reporter, "gateway", async (phase) => {
      await waitForGateway(plan.home, this.#services, signal);
      phase.done(`${platformUrl(plan.home)} and ${platformHttpsUrl(plan.home)}`);
    });
  }

  /** Healthy means that an app was deployed and answered through the gateway. */
  async #probe(signal: AbortSignal): Promise<void> {
    await during(this.#reporter, "probe app", async (phase) => {
      const { installation } = this.#options;
      const args = [this.#paths.directory, join(installation, "apps/cli/probe")];
      await runHelper("supervisor/probe-process.js", args, signal);
      phase.done("deployed and fetched through the gateway");
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

/** PostgreSQL refuses to run as root: the user that its Debian package makes, else nobody. */
function databaseUser() {
  if (!isRoot()) return ownUser();
  const user = findUser("postgres") ?? findUser("nobody");
  if (user !== undefined) return user;
  throw new Failure(
    "failed",
    "neither a user `postgres` nor `nobody` exists; PostgreSQL cannot run as root",
    {
      fix: "run: useradd --system --no-create-home postgres",
    },
  );
}

/** Ports and domain may be changed by saying so; what was made with the home never is. */
function applyOptions(home: Home, options: UpOptions): Home {
  return {
    ...home,
    baseDomain: options.baseDomain ?? home.baseDomain,
    gatewayListen: options.listen ?? home.gatewayListen,
    ports: {
      ...home.ports,
      gateway: options.gatewayPort ?? home.ports.gateway,
      https: options.httpsPort ?? home.ports.https,
    },
  };
}
