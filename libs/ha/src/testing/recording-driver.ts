import {
  type LocalService,
  ResourceDriver,
  type RunLease,
  type ServiceAction,
} from "../ports/resource-driver.ts";
import type { ResourceState } from "../services/service.ts";

const NOTHING: LocalService = { resources: {}, epoch: undefined, hasRemains: false };

/** A driver that does at once what it is told, and remembers it. Each service here is one under a lease. */
export class RecordingDriver extends ResourceDriver {
  /** `start app of db under 7`, `kill db`, in their order. */
  readonly done: string[] = [];
  readonly untilMs: Map<string, number> = new Map();
  readonly #services = new Map<string, LocalService>();

  override local(service: string): LocalService {
    return this.#services.get(service) ?? NOTHING;
  }

  override act(service: string, action: ServiceAction, { epoch }: RunLease): void {
    const before = this.local(service);
    switch (action.kind) {
      case "adopt":
        this.done.push(`adopt ${service} under ${action.epoch}`);
        this.#services.set(service, { ...before, epoch: action.epoch });
        return;
      case "purge":
        this.done.push(`purge ${service}`);
        this.#services.set(service, { ...before, hasRemains: false });
        return;
      case "start":
      case "restart":
      case "stop":
        this.done.push(`${action.kind} ${action.resource} of ${service} under ${epoch ?? "none"}`);
        this.#enter(
          service,
          action.resource,
          action.kind === "stop" ? "stopped" : "started",
          epoch,
        );
    }
  }

  override underLease(): readonly string[] {
    return [...this.#services.keys()].filter((service) =>
      Object.values(this.local(service).resources).some((state) => state !== "stopped"),
    );
  }

  override extend(service: string, untilMs: number): void {
    this.untilMs.set(service, untilMs);
  }

  override kill(service: string): void {
    this.done.push(`kill ${service}`);
    const { resources, hasRemains } = this.local(service);
    const stopped = Object.keys(resources).map((name) => [name, "stopped" as const]);
    this.#services.set(service, {
      resources: Object.fromEntries(stopped),
      epoch: undefined,
      hasRemains,
    });
  }

  #enter(service: string, name: string, state: ResourceState, epoch: number | undefined): void {
    const { resources } = this.local(service);
    this.#services.set(service, {
      resources: { ...resources, [name]: state },
      epoch,
      hasRemains: true,
    });
  }
}
