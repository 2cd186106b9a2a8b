import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from "@nestjs/common";
import { type InstanceSpec, uuidv7 } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { createHash } from "node:crypto";
import { DataSource, In, IsNull } from "typeorm";
import { Config } from "../config.ts";
import { InstanceRow } from "../instances/instance.row.ts";
import { DesiredState } from "../nodes/desired-state.ts";
import type { PlatformService, ServiceSpec } from "./platform-service.ts";
import { PLATFORM_SERVICES } from "./platform-services.ts";
import { ServiceTokens } from "./service-tokens.ts";

const EVERY_MS = 2_000;

/** Keeps one instance of each platform service on this machine's node: starts it, renews its token, replaces it. */
@Injectable()
export class ServiceKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly database: DataSource,
    private readonly desired: DesiredState,
    private readonly tokens: ServiceTokens,
    private readonly logger: JsonLogger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.keep();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.keep());
    }, EVERY_MS);
    this.#timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async keep(): Promise<void> {
    for (const service of PLATFORM_SERVICES)
      await this.#keepOne(service).catch((error: unknown) =>
        this.logger.error("a platform service cannot be kept", { service: service.name, error }),
      );
  }

  async #keepOne(service: PlatformService): Promise<void> {
    const { config } = this;
    const spec = service.describe({ config, node: config.node });
    const revision = revisionOf(config.version, spec);
    const rows = await this.#rows(service);
    // Said again each time: after a commit whose answer was lost nobody has been told yet.
    this.desired.stopped(rows.filter((row) => row.desired === "stopped"));
    const outdated = rows.filter((row) => row.revision !== revision && row.desired !== "stopped");
    if (outdated.length > 0) await this.#stop(outdated);
    const fitting = rows.find((row) => row.revision === revision && row.desired !== "stopped");
    if (fitting) this.desired.runService(fitting, this.#specOf(service, spec, fitting.id));
    // The next one gets the same port, so it waits until the node has taken leave of the one before.
    else if (rows.length === 0) await this.#start(service, spec, revision);
  }

  #rows({ name }: PlatformService): Promise<InstanceRow[]> {
    const rows = this.database.getRepository(InstanceRow);
    return rows.findBy({ service: name, node: this.config.node, removedAt: IsNull() });
  }

  async #start(service: PlatformService, spec: ServiceSpec, revision: string): Promise<void> {
    const rows = this.database.getRepository(InstanceRow);
    const row = rows.create({
      id: uuidv7(),
      appId: null,
      environmentId: null,
      releaseId: null,
      generation: null,
      service: service.name,
      revision,
      process: service.name,
      node: this.config.node,
      desired: "running",
      drainingAt: null,
      drainSeconds: null,
      observed: null,
      createdAt: new Date(),
      removedAt: null,
    });
    await rows.insert(row);
    this.desired.runService(row, this.#specOf(service, spec, row.id));
    this.logger.info("platform service started", { service: service.name, instance: row.id });
  }

  async #stop(outdated: readonly InstanceRow[]): Promise<void> {
    const ids = outdated.map(({ id }) => id);
    await this.database.getRepository(InstanceRow).update({ id: In(ids) }, { desired: "stopped" });
    this.desired.stopped(outdated);
  }

  #specOf(service: PlatformService, spec: ServiceSpec, id: string): InstanceSpec {
    return {
      ...spec,
      id,
      organisation: "bastide",
      project: "platform",
      app: service.name,
      environment: "production",
      process: service.name,
      release: this.config.version,
      files: { [service.token.file]: this.tokens.of(service, this.config.node) },
      state: "running",
    };
  }
}

/** Names what an instance runs: another version of the platform or another description is another revision. */
const revisionOf = (version: string, spec: ServiceSpec): string =>
  createHash("sha256")
    .update(JSON.stringify([version, spec]))
    .digest("hex")
    .slice(0, 16);
