import { type App, type AppDeleted, endpoints, type Page } from "@bastide/contracts";
import { Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { AppRemoval } from "./app-removal.ts";
import { AppsService } from "./apps.service.ts";

const { put, list, get, delete: remove } = endpoints.apps;

@Controller()
export class AppsController {
  readonly #apps: AppsService;
  readonly #removal: AppRemoval;

  constructor(apps: AppsService, removal: AppRemoval) {
    this.#apps = apps;
    this.#removal = removal;
  }

  @Endpoint(put)
  put(@Call() { parameters }: CallOf<typeof put>): Promise<App> {
    return this.#apps.put(parameters);
  }

  @Endpoint(list)
  list(@Call() { parameters, query }: CallOf<typeof list>): Promise<Page<App>> {
    return this.#apps.list(parameters, query);
  }

  @Endpoint(get)
  get(@Call() { parameters }: CallOf<typeof get>): Promise<App> {
    return this.#apps.get(parameters);
  }

  @Endpoint(remove)
  delete(@Call() { parameters, signal }: CallOf<typeof remove>): Promise<AppDeleted> {
    return this.#removal.remove(parameters, signal);
  }
}
