import { type InstanceSpec, uuidv7 } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { createHash } from "node:crypto";
import { DataSource, IsNull, Not } from "typeorm";
import type { BrickInstanceSpec, InstanceBrick } from "../bricks/brick.ts";
import { isRetired } from "../bricks/bricks.ts";
import { Config } from "../config.ts";
import { BrickNodes } from "../ha/brick-nodes.ts";
import { InstanceRow } from "../instances/instance.row.ts";
import { DesiredState } from "../nodes/desired-state.ts";
import { BrickFiles } from "./brick-files.ts";

/** The instances of bricks: on record first, then told to their nodes. */
@Injectable()
export class InstanceRecords {
  constructor(
    private readonly config: Config,
    private readonly database: DataSource,
    private readonly desired: DesiredState,
    private readonly files: BrickFiles,
    private readonly nodes: BrickNodes,
  ) {}

  /** Every one that is not removed, the oldest first. */
  of({ name }: InstanceBrick): Promise<InstanceRow[]> {
    const rows = this.database.getRepository(InstanceRow);
    return rows.find({ where: { service: name, removedAt: IsNull() }, order: { id: "ASC" } });
  }

  /** Those of bricks that the platform has no more. */
  async retired(): Promise<InstanceRow[]> {
    const where = { service: Not(IsNull()), removedAt: IsNull() };
    const rows = await this.database.getRepository(InstanceRow).findBy(where);
    return rows.filter(({ service }) => service !== null && isRetired(service));
  }

  isOutdated(brick: InstanceBrick, { node, revision }: InstanceRow): boolean {
    return revision !== this.#revision(this.#describe(brick, node));
  }

  async start(brick: InstanceBrick, node: string): Promise<void> {
    const spec = this.#describe(brick, node);
    const rows = this.database.getRepository(InstanceRow);
    const row = rows.create({
      id: uuidv7(),
      appId: null,
      environmentId: null,
      releaseId: null,
      generation: null,
      service: brick.name,
      revision: this.#revision(spec),
      process: brick.name,
      node,
      desired: "running",
      drainingAt: null,
      drainSeconds: null,
      observed: null,
      createdAt: new Date(),
      removedAt: null,
    });
    await rows.insert(row);
    await this.#tell(brick, row, spec);
  }

  async stop(row: InstanceRow): Promise<void> {
    const rows = this.database.getRepository(InstanceRow);
    await rows.update({ id: row.id }, { desired: "stopped" });
    this.desired.stopped([row]);
  }

  /**
   * Says again what is on record: after a commit whose answer was lost nobody has been told yet, and tokens and
   * certificates are made anew in time. Nothing is sent when nothing changed.
   */
  async tellAgain(brick: InstanceBrick, rows: readonly InstanceRow[]): Promise<void> {
    this.desired.stopped(rows.filter((row) => row.desired === "stopped"));
    for (const row of rows)
      // What an outdated one is told stands: it runs as it was described when it was started.
      if (row.desired !== "stopped" && !this.isOutdated(brick, row))
        await this.#tell(brick, row, this.#describe(brick, row.node));
  }

  #describe(brick: InstanceBrick, node: string): BrickInstanceSpec {
    return brick.runs.describe({ config: this.config, node: this.nodes.seen(node) });
  }

  /** Names what an instance runs: another version of the platform or another description is another revision. */
  #revision(spec: BrickInstanceSpec): string {
    return createHash("sha256")
      .update(JSON.stringify([this.config.version, spec]))
      .digest("hex")
      .slice(0, 16);
  }

  async #tell(brick: InstanceBrick, row: InstanceRow, spec: BrickInstanceSpec): Promise<void> {
    const told: InstanceSpec = {
      ...spec,
      id: row.id,
      organisation: "bastide",
      project: "platform",
      app: brick.name,
      environment: "production",
      process: brick.name,
      release: this.config.version,
      files: await this.files.of(brick, row.node),
      state: "running",
    };
    this.desired.runService(row, told);
  }
}
