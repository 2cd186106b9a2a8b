import { Injectable, type OnModuleInit } from "@nestjs/common";
import { type InstanceBrick, isInstanceBrick } from "../bricks/brick.ts";
import { BRICKS } from "../bricks/bricks.ts";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { type Component, PlatformComponents } from "../platform/platform-components.ts";
import { BrickViews } from "./brick-views.ts";
import { readiness } from "./domain/plan-instances.ts";
import { InstanceKeeper } from "./instance-keeper.ts";

/** Each brick of instances as a part of the platform: healthy while every one that is wanted is ready. */
@Injectable()
export class BrickComponents implements OnModuleInit {
  constructor(
    private readonly keeper: InstanceKeeper,
    private readonly views: BrickViews,
    private readonly registry: InstanceRegistry,
    private readonly components: PlatformComponents,
  ) {}

  onModuleInit(): void {
    for (const brick of BRICKS.filter(isInstanceBrick))
      this.components.register(brick.name, () => this.#observe(brick));
  }

  #observe(brick: InstanceBrick): Component {
    const desired = this.keeper.desiredOf(brick);
    const view = this.views.of(brick, desired, this.views.heard(brick));
    const { wanted, ready } = readiness(view);
    if (desired.kind === "stopped")
      return {
        healthy: false,
        stopped: true,
        message: `stopped by an operator; start it with \`bastide ha start ${brick.name}\``,
      };
    const isEnough = ready.length >= wanted;
    const count = isEnough ? "" : `${ready.length} of ${wanted} `;
    const where = ready.length === 0 ? "" : ` on ${ready.toSorted().join(", ")}`;
    return {
      healthy: isEnough,
      message: `${count}ready${where}${isEnough ? "" : this.#troubles(brick)}`,
      ...this.#since(brick),
    };
  }

  #troubles(brick: InstanceBrick): string {
    const troubles = this.registry
      .ofService(brick.name)
      .filter(({ observed }) => observed?.phase !== "ready")
      .map(({ node, observed }) => {
        const reason = observed?.message === undefined ? "" : `: ${observed.message}`;
        return `${node} ${observed?.phase ?? "not started"}${reason}`;
      });
    return troubles.length === 0 ? "" : `; ${troubles.join("; ")}`;
  }

  /** Since when one of them has been there. */
  #since(brick: InstanceBrick): Pick<Component, "since"> {
    const [since] = this.registry
      .ofService(brick.name)
      .flatMap(({ observed }) => (observed?.phase === "ready" ? (observed.startedAt ?? []) : []))
      .toSorted();
    return since === undefined ? {} : { since };
  }
}
