import { endpoints, type Page, type Project } from "@bastide/contracts";
import { Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { ProjectsService } from "./projects.service.ts";

const { create, list, get, delete: remove } = endpoints.projects;

@Controller()
export class ProjectsController {
  readonly #projects: ProjectsService;

  constructor(projects: ProjectsService) {
    this.#projects = projects;
  }

  @Endpoint(create)
  create(@Call() { parameters, body }: CallOf<typeof create>): Promise<Project> {
    return this.#projects.create({ ...parameters, project: body.name });
  }

  @Endpoint(list)
  list(@Call() { parameters, query }: CallOf<typeof list>): Promise<Page<Project>> {
    return this.#projects.list(parameters.organisation, query);
  }

  @Endpoint(get)
  get(@Call() { parameters }: CallOf<typeof get>): Promise<Project> {
    return this.#projects.get(parameters);
  }

  @Endpoint(remove)
  delete(@Call() { parameters }: CallOf<typeof remove>): Promise<void> {
    return this.#projects.delete(parameters);
  }
}
