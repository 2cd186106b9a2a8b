import { type Deployment, endpoints, type Variable } from "@bastide/contracts";
import { Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { AppsService } from "../apps/apps.service.ts";
import { EnvironmentsService } from "../environments/environments.service.ts";
import { VariablesService } from "./variables.service.ts";

const { list, change } = endpoints.variables;

@Controller()
export class VariablesController {
  readonly #apps: AppsService;
  readonly #environments: EnvironmentsService;
  readonly #variables: VariablesService;

  constructor(apps: AppsService, environments: EnvironmentsService, variables: VariablesService) {
    this.#apps = apps;
    this.#environments = environments;
    this.#variables = variables;
  }

  @Endpoint(list)
  async list(@Call() { parameters }: CallOf<typeof list>): Promise<{ items: Variable[] }> {
    const { id: appId } = await this.#apps.find(parameters);
    const { id: environmentId } = await this.#environments.find(parameters);
    return { items: await this.#variables.list({ appId, environmentId }) };
  }

  /** Makes a missing environment, as a deployment does: secrets are often set before the first one. */
  @Endpoint(change)
  async change(
    @Call() { parameters, body, caller }: CallOf<typeof change>,
  ): Promise<{ deployment?: Deployment | undefined }> {
    const { id: appId } = await this.#apps.find(parameters);
    const { id: environmentId } = await this.#environments.ensure(parameters);
    return { deployment: await this.#variables.change({ appId, environmentId }, body, caller) };
  }
}
