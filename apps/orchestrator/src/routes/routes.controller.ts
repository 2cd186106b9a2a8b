import { Controller } from "@nestjs/common";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { AppsService } from "../apps/apps.service.ts";
import { EnvironmentsService } from "../environments/environments.service.ts";
import { keyOf, type TargetIds } from "../targets/target.ts";
import { TargetFinder, type TargetNames } from "../targets/target-finder.ts";
import { RoutedRollouts } from "./routed-rollouts.ts";
import { RouteSettingsService } from "./route-settings.service.ts";

const { list, settings, set, unset } = endpoints.routes;

@Controller()
export class RoutesController {
  constructor(
    private readonly targets: TargetFinder,
    private readonly routed: RoutedRollouts,
    private readonly apps: AppsService,
    private readonly environments: EnvironmentsService,
    private readonly service: RouteSettingsService,
  ) {}

  @Endpoint(list)
  async list(@Call() { parameters }: CallOf<typeof list>): Promise<AnswerOf<typeof list>> {
    return { items: this.routed.of(keyOf(await this.targets.byNames(parameters))) };
  }

  @Endpoint(settings)
  async settings(
    @Call() { parameters }: CallOf<typeof settings>,
  ): Promise<AnswerOf<typeof settings>> {
    return { items: await this.service.list(await this.targets.byNames(parameters)) };
  }

  @Endpoint(set)
  async set(@Call() call: CallOf<typeof set>): Promise<AnswerOf<typeof set>> {
    const target = await this.#ensure(call.parameters);
    return this.service.set(target, call.query.path, call.body, call.signal);
  }

  @Endpoint(unset)
  async unset(@Call() call: CallOf<typeof unset>): Promise<void> {
    const target = await this.targets.byNames(call.parameters);
    await this.service.unset(target, call.query.path, call.signal);
  }

  /** Makes a missing environment, as a deployment does: a path is best protected before the first one. */
  async #ensure(parameters: TargetNames): Promise<TargetIds> {
    const { id: appId } = await this.apps.find(parameters);
    const { id: environmentId } = await this.environments.ensure(parameters);
    return { appId, environmentId };
  }
}
