import { endpoints, type Environment, type Page } from "@bastide/contracts";
import { Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { EnvironmentRemoval } from "./environment-removal.ts";
import { EnvironmentsService } from "./environments.service.ts";

const { create, list, delete: remove } = endpoints.environments;

@Controller()
export class EnvironmentsController {
  readonly #environments: EnvironmentsService;
  readonly #removal: EnvironmentRemoval;

  constructor(environments: EnvironmentsService, removal: EnvironmentRemoval) {
    this.#environments = environments;
    this.#removal = removal;
  }

  @Endpoint(create)
  create(@Call() { parameters, body }: CallOf<typeof create>): Promise<Environment> {
    return this.#environments.create({ ...parameters, environment: body.name });
  }

  @Endpoint(list)
  list(@Call() { parameters, query }: CallOf<typeof list>): Promise<Page<Environment>> {
    return this.#environments.list(parameters, query);
  }

  @Endpoint(remove)
  delete(@Call() { parameters, signal }: CallOf<typeof remove>): Promise<void> {
    return this.#removal.remove(parameters, signal);
  }
}
