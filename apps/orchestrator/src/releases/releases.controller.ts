import { Controller } from "@nestjs/common";
import { BlobStore } from "@bastide/builder";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint, ProblemError } from "@bastide/service-kit";
import { json } from "node:stream/consumers";
import { DataSource } from "typeorm";
import { TargetFinder } from "../targets/target-finder.ts";
import { ReleasesService } from "./releases.service.ts";

const { list, sbom } = endpoints.releases;

@Controller()
export class ReleasesController {
  constructor(
    private readonly database: DataSource,
    private readonly targets: TargetFinder,
    private readonly releases: ReleasesService,
    private readonly blobs: BlobStore,
  ) {}

  @Endpoint(list)
  async list(@Call() { parameters, query }: CallOf<typeof list>): Promise<AnswerOf<typeof list>> {
    return this.releases.list(await this.targets.byNames(parameters), query);
  }

  @Endpoint(sbom)
  async sbom(@Call() { parameters }: CallOf<typeof sbom>): Promise<AnswerOf<typeof sbom>> {
    const target = await this.targets.byNames(parameters);
    const release = await this.releases.find(this.database.manager, target, parameters.release);
    if (release.sbom !== null && (await this.blobs.has(release.sbom)))
      return sbom.response.parse(await json(await this.blobs.open(release.sbom)));
    throw new ProblemError("not-found", `release v${release.version} has no bill of materials`);
  }
}
