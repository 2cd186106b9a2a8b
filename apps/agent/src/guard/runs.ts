import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { HaGroup, HaReport, HaService } from "@bastide/contracts";
import type { LocalService, ResourceDriver, RunLease, ServiceAction } from "@bastide/ha";
import { reasonOf } from "../journal/reason.ts";
import { Seldom } from "./seldom.ts";
import { ProcessResource, type ProcessSettings } from "./process-resource.ts";

export interface RunsSettings extends Pick<
  ProcessSettings,
  "installation" | "node" | "journal" | "onChange"
> {
  readonly directory: string;
  readonly host: () => string;
}

interface Run {
  readonly service: HaService;
  readonly resources: ReadonlyMap<string, ProcessResource>;
}

/** Ends the name of what is being removed; no service has a dot in its own. */
const PURGED = ".purged";

/** What this node runs of each service. */
export class Runs implements ResourceDriver {
  readonly #settings: RunsSettings;
  readonly #seldom: Seldom;
  readonly #runs = new Map<string, Run>();

  constructor(settings: RunsSettings) {
    this.#settings = settings;
    this.#seldom = new Seldom(settings.journal);
    this.#finishPurges();
  }

  /**
   * Takes up what is described: at each look, since what runs keeps its description until it has stopped. It is stopped
   * where its programs have other names now, for nobody could ask for them.
   */
  describe(services: readonly HaService[]): void {
    this.#forgetUnnamed(services);
    for (const service of services) {
      const known = this.#runs.get(service.name);
      if (known === undefined) this.#runs.set(service.name, this.#newRun(service));
      else if (known.service === service) continue;
      else if (isDeepStrictEqual(known.service, service))
        this.#runs.set(service.name, { ...known, service });
      else if (!isUp(known)) {
        for (const resource of known.resources.values()) resource.release();
        this.#runs.set(service.name, this.#newRun(service));
      } else if (!hasNamesOf(known, service)) stopAll(known);
    }
  }

  /** What runs of services that are not described any more, but said to be stopped: by their last description. */
  leaving({ services, intents }: Pick<HaGroup, "services" | "intents">): HaService[] {
    return Array.from(this.#runs.values())
      .filter((run) => isUp(run) && !isNamed(services, run.service))
      .filter(({ service }) => intents.intents[service.name]?.desired.kind === "stopped")
      .map(({ service }) => service);
  }

  #forgetUnnamed(services: readonly HaService[]): void {
    for (const [name, run] of this.#runs) {
      if (isUp(run) || isNamed(services, run.service)) continue;
      for (const resource of run.resources.values()) resource.release();
      this.#runs.delete(name);
    }
  }

  #newRun(service: HaService): Run {
    const resources = service.resources.map((spec): [string, ProcessResource] => [
      spec.name,
      new ProcessResource({
        ...this.#settings,
        service: service.name,
        spec,
        host: this.#settings.host(),
        directory: join(this.#directory(service.name), spec.name),
      }),
    ]);
    return { service, resources: new Map(resources) };
  }

  local(service: string): LocalService {
    const run = this.#runs.get(service);
    const states = Array.from(run?.resources ?? [], ([name, { state }]) => [name, state] as const);
    const epochs = Array.from(run?.resources.values() ?? [], ({ epoch }) => epoch);
    return {
      resources: Object.fromEntries(states),
      epoch: epochs.find((epoch) => epoch !== undefined),
      hasRemains: existsSync(this.#directory(service)),
    };
  }

  act(service: string, action: ServiceAction, lease: RunLease): void {
    const run = this.#runs.get(service);
    if (run === undefined) return;
    if (action.kind === "purge") this.#purge(run);
    else if (action.kind === "adopt")
      for (const resource of run.resources.values()) resource.adopt(action.epoch);
    else actOn(run.resources.get(action.resource), action.kind, lease);
  }

  /** Out of the way at once, so that a start finds nothing of it; removed while the guard goes on. */
  #purge({ service: { name }, resources }: Run): void {
    for (const resource of resources.values()) resource.release();
    const doomed = join(this.#services, `.${name}-${randomUUID()}${PURGED}`);
    try {
      renameSync(this.#directory(name), doomed);
    } catch (error) {
      const reason = reasonOf(error);
      this.#seldom.warn("what a purged service left cannot be removed", { service: name, reason });
      return;
    }
    this.#settings.journal.info("what a service left on this node is removed", { service: name });
    this.#remove(doomed);
  }

  /** What a guard that was killed left half removed. */
  #finishPurges(): void {
    if (!existsSync(this.#services)) return;
    for (const name of readdirSync(this.#services))
      if (name.endsWith(PURGED)) this.#remove(join(this.#services, name));
  }

  #remove(doomed: string): void {
    rm(doomed, { recursive: true, force: true }).catch((error: unknown) =>
      this.#settings.journal.warn(
        "what a purged service left cannot be removed whole: this node's next guard tries again",
        { directory: doomed, reason: reasonOf(error) },
      ),
    );
  }

  extend(service: string, untilMs: number): void {
    for (const resource of this.#runs.get(service)?.resources.values() ?? [])
      if (resource.state !== "stopped") resource.extend(untilMs);
  }

  kill(service: string): void {
    for (const resource of this.#runs.get(service)?.resources.values() ?? []) resource.kill();
  }

  /** Has a warden wait for each failover service that is wanted and may run here. */
  prepare(isWanted: (service: string) => boolean): void {
    const { node } = this.#settings;
    for (const { service, resources } of this.#runs.values())
      if (
        service.topology.kind === "failover" &&
        isWanted(service.name) &&
        service.candidates.includes(node)
      )
        for (const resource of resources.values()) resource.prepare();
  }

  release(): void {
    for (const { resources } of this.#runs.values())
      for (const resource of resources.values()) resource.release();
  }

  stopAll(): void {
    for (const run of this.#runs.values()) stopAll(run);
  }

  /** Failover services of which something is up. */
  underLease(): string[] {
    return Array.from(this.#runs.values())
      .filter((run) => run.service.topology.kind === "failover" && isUp(run))
      .map(({ service }) => service.name);
  }

  /** Files that programs and their wardens write to for ever. */
  logs(): string[] {
    return Array.from(this.#runs.values()).flatMap(({ resources }) =>
      Array.from(resources.values(), ({ log }) => log),
    );
  }

  get isIdle(): boolean {
    return !Array.from(this.#runs.values()).some(isUp);
  }

  report(): HaReport["services"] {
    return Array.from(this.#runs.keys(), (name) => {
      const { resources, epoch } = this.local(name);
      return { name, resources: { ...resources }, ...(epoch === undefined ? {} : { epoch }) };
    });
  }

  get #services(): string {
    return join(this.#settings.directory, "services");
  }

  #directory(service: string): string {
    return join(this.#services, service);
  }
}

function actOn(
  resource: ProcessResource | undefined,
  kind: "start" | "restart" | "stop",
  { epoch, untilMs }: RunLease,
): void {
  if (kind === "stop") resource?.stop();
  else resource?.start(epoch, untilMs);
}

function stopAll({ resources }: Run): void {
  for (const resource of resources.values()) if (resource.state !== "stopping") resource.stop();
}

const isNamed = (services: readonly HaService[], { name }: HaService): boolean =>
  services.some((service) => service.name === name);

const hasNamesOf = ({ resources }: Run, service: HaService): boolean =>
  resources.size === service.resources.length &&
  service.resources.every(({ name }) => resources.has(name));

const isUp = ({ resources }: Run): boolean =>
  Array.from(resources.values()).some(({ state }) => state !== "stopped" && state !== "failed");
