import { endpoints, type Organisation, type Page } from "@bastide/contracts";
import { Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { OrganisationsService } from "./organisations.service.ts";

const { create, list, get, delete: remove } = endpoints.organisations;

@Controller()
export class OrganisationsController {
  readonly #organisations: OrganisationsService;

  constructor(organisations: OrganisationsService) {
    this.#organisations = organisations;
  }

  @Endpoint(create)
  create(@Call() { body }: CallOf<typeof create>): Promise<Organisation> {
    return this.#organisations.create(body.name);
  }

  @Endpoint(list)
  list(@Call() { query }: CallOf<typeof list>): Promise<Page<Organisation>> {
    return this.#organisations.list(query);
  }

  @Endpoint(get)
  get(@Call() { parameters }: CallOf<typeof get>): Promise<Organisation> {
    return this.#organisations.get(parameters.organisation);
  }

  @Endpoint(remove)
  delete(@Call() { parameters }: CallOf<typeof remove>): Promise<void> {
    return this.#organisations.delete(parameters.organisation);
  }
}
