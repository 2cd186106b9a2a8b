import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { AppsService } from "../apps/apps.service.ts";
import { EnvironmentsService } from "../environments/environments.service.ts";
import { keyOf, type TargetIds } from "../targets/target.ts";
import { TargetFinder, type TargetNames } from "../targets/target-finder.ts";
import { Wakes } from "../targets/wakes.ts";
import { PlacementStore } from "./placement-store.ts";
import { PlacementViews } from "./placement-views.ts";

const { settings, set, explain, propose } = endpoints.placement;

@Controller()
export class PlacementController {
  // oxlint-disable-next-line max-params -- what it looks up, changes, shows and tells
  constructor(
    private readonly targets: TargetFinder,
    private readonly apps: AppsService,
    private readonly environments: EnvironmentsService,
    private readonly store: PlacementStore,
    private readonly views: PlacementViews,
    private readonly wakes: Wakes,
  ) {}

  @Endpoint(settings)
  async settings(
    @Call() { parameters }: CallOf<typeof settings>,
  ): Promise<AnswerOf<typeof settings>> {
    const target = await this.targets.byNames(parameters);
    await this.store.load();
    return this.store.of(target);
  }

  @Endpoint(set)
  async set(@Call() { parameters, body }: CallOf<typeof set>): Promise<AnswerOf<typeof set>> {
    const target = await this.#ensure(parameters);
    await this.store.set(target, body);
    this.wakes.wake([keyOf(target)]);
    return body;
  }

  @Endpoint(explain)
  async explain(@Call() { parameters }: CallOf<typeof explain>): Promise<AnswerOf<typeof explain>> {
    return { items: await this.views.explain(await this.targets.byNames(parameters)) };
  }

  @Endpoint(propose)
  async propose(@Call() _call: CallOf<typeof propose>): Promise<AnswerOf<typeof propose>> {
    return { items: await this.views.propose() };
  }

  /** Makes a missing environment, as a deployment does: where an app may be is best said before the first one. */
  async #ensure(parameters: TargetNames): Promise<TargetIds> {
    const { id: appId } = await this.apps.find(parameters);
    const { id: environmentId } = await this.environments.ensure(parameters);
    return { appId, environmentId };
  }
}
