import { Injectable, type OnModuleInit } from "@nestjs/common";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { type Component, PlatformComponents } from "../platform/platform-components.ts";
import { PLATFORM_SERVICES } from "./platform-services.ts";

/** Each platform service as a part of the platform: healthy while its instance is ready. */
@Injectable()
export class ServiceComponents implements OnModuleInit {
  constructor(
    private readonly registry: InstanceRegistry,
    private readonly components: PlatformComponents,
  ) {}

  onModuleInit(): void {
    for (const { name } of PLATFORM_SERVICES)
      this.components.register(name, () => this.#observe(name));
  }

  #observe(name: string): Component {
    const observed = this.registry.ofService(name).flatMap((known) => known.observed ?? []);
    const ready = observed.find(({ phase }) => phase === "ready");
    if (ready)
      return {
        healthy: true,
        message: "ready",
        ...(ready.startedAt === undefined ? {} : { since: ready.startedAt }),
      };
    const [one] = observed;
    const reason = one?.message === undefined ? "" : `: ${one.message}`;
    return { healthy: false, message: `${one?.phase ?? "not started"}${reason}` };
  }
}
