import { Controller } from "@nestjs/common";
import { endpoints, type Instance } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { DataSource, In, IsNull } from "typeorm";
import { ReleaseRow } from "../releases/release.row.ts";
import type { Target } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { InstanceRegistry } from "./instance-registry.ts";
import { InstanceRow } from "./instance.row.ts";

const { list } = endpoints.instances;

@Controller()
export class InstancesController {
  constructor(
    private readonly database: DataSource,
    private readonly targets: TargetFinder,
    private readonly registry: InstanceRegistry,
  ) {}

  @Endpoint(list)
  async list(@Call() { parameters }: CallOf<typeof list>): Promise<AnswerOf<typeof list>> {
    const target = await this.targets.byNames(parameters);
    const { appId, environmentId } = target;
    const rows = await this.database.getRepository(InstanceRow).find({
      where: { appId, environmentId, removedAt: IsNull() },
      order: { process: "ASC", id: "ASC" },
    });
    const versions = await this.#versions(rows);
    return {
      items: rows.map((row) => this.#view(target, row, versions.get(row.releaseId ?? ""))),
    };
  }

  async #versions(rows: readonly InstanceRow[]): Promise<ReadonlyMap<string, number>> {
    const ids = [...new Set(rows.flatMap(({ releaseId }) => releaseId ?? []))];
    const releases = await this.database
      .getRepository(ReleaseRow)
      .find({ select: { id: true, version: true }, where: { id: In(ids) } });
    return new Map(releases.map(({ id, version }) => [id, version]));
  }

  #view({ app, environment }: Target, row: InstanceRow, version: number | undefined): Instance {
    const observed = this.registry.get(row.id)?.observed;
    const condition = this.registry.nodes.of(row.node);
    return {
      id: row.id,
      app,
      environment,
      process: row.process,
      release: row.releaseId ?? "",
      ...(version === undefined ? {} : { version }),
      node: row.node,
      ...(condition === "lost" || condition === "suspected" ? { nodeLiveness: condition } : {}),
      desired: row.desired === "stopped" ? "stopped" : "running",
      ...(observed ? { observed } : {}),
      createdAt: row.createdAt.toISOString(),
    };
  }
}
