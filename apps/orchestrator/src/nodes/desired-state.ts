import { Injectable } from "@nestjs/common";
import type { InstanceSpec } from "@bastide/contracts";
import { DataSource, IsNull } from "typeorm";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { InstanceRow } from "../instances/instance.row.ts";
import { InstanceSpecs } from "../instances/instance-specs.ts";
import { NodeDirectory } from "./node-directory.ts";
import { NodeStreams } from "./node-streams.ts";

/** Keeps what nodes are told in step with the rows of instances. */
@Injectable()
export class DesiredState {
  constructor(
    private readonly database: DataSource,
    private readonly registry: InstanceRegistry,
    private readonly specs: InstanceSpecs,
    private readonly directory: NodeDirectory,
    private readonly streams: NodeStreams,
  ) {}

  /** After a start of ours: every instance that is not removed, as it is recorded. */
  async restore(): Promise<void> {
    await this.directory.load();
    const rows = await this.database
      .getRepository(InstanceRow)
      .find({ where: { removedAt: IsNull() }, order: { id: "ASC" } });
    this.registry.add(rows);
    const tenants = rows.filter(({ service }) => service === null);
    this.streams.stop(rows.filter(({ desired }) => desired === "stopped"));
    this.streams.run(await this.specs.of(tenants.filter(({ desired }) => desired !== "stopped")));
  }

  /** Committed already: the nodes may be told. Known from the moment that they are. */
  async started(rows: readonly InstanceRow[]): Promise<void> {
    if (rows.length === 0) return;
    const placed = await this.specs.of(rows);
    this.registry.add(rows);
    this.streams.run(placed);
  }

  stopped(rows: readonly InstanceRow[]): void {
    this.streams.stop(rows);
  }

  /**
   * Tells nodes what is recorded of these instances and was not told: the database may have been lost between the
   * commit and the telling, or in the commit itself.
   */
  async catchUp(rows: readonly InstanceRow[]): Promise<void> {
    await this.started(rows.filter((row) => !isStopped(row) && !this.registry.get(row.id)));
    this.stopped(rows.filter(isStopped));
  }

  /**
   * How an instance of a brick is to run, which has its specification from its description and not from a
   * release; nothing is sent when nothing changed.
   */
  runService(row: InstanceRow, spec: InstanceSpec): void {
    if (!this.registry.get(row.id)) this.registry.add([row]);
    this.streams.run([{ node: row.node, spec }]);
  }
}

const isStopped = ({ desired }: InstanceRow): boolean => desired === "stopped";
