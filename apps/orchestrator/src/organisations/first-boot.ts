import { Injectable, type OnModuleInit } from "@nestjs/common";
import { DataSource } from "typeorm";
import { ProjectsService } from "../projects/projects.service.ts";
import { OrganisationRow } from "./organisation.row.ts";
import { OrganisationsService } from "./organisations.service.ts";

const FIRST = "main";

/** A new platform has one organisation with one project, so that the first deployment needs no preparation. */
@Injectable()
export class FirstBoot implements OnModuleInit {
  readonly #source: DataSource;
  readonly #organisations: OrganisationsService;
  readonly #projects: ProjectsService;

  constructor(source: DataSource, organisations: OrganisationsService, projects: ProjectsService) {
    this.#source = source;
    this.#organisations = organisations;
    this.#projects = projects;
  }

  /** Whoever deletes `main` later does not get it back: only an empty platform gets it. */
  async onModuleInit(): Promise<void> {
    if ((await this.#source.manager.count(OrganisationRow)) > 0) return;
    await this.#organisations.create(FIRST);
    await this.#projects.create({ organisation: FIRST, project: FIRST });
  }
}
