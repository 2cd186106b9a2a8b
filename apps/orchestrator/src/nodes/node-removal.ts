import { Injectable } from "@nestjs/common";
import { ProblemError } from "@bastide/service-kit";
import { DataSource, IsNull } from "typeorm";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { InstanceRow } from "../instances/instance.row.ts";
import { type KnownNode, NodeDirectory } from "./node-directory.ts";
import { NodeTenants } from "./node-tenants.ts";
import { NodeTokens } from "./node-tokens.ts";
import { NodeStreams } from "./node-streams.ts";
import { NodeRow } from "./node.row.ts";
import { NodeWatch } from "./node-watch.ts";

/** Takes a node out of the platform for good. */
@Injectable()
export class NodeRemoval {
  // oxlint-disable-next-line max-params -- everything that knows a node has to forget it
  constructor(
    private readonly database: DataSource,
    private readonly directory: NodeDirectory,
    private readonly streams: NodeStreams,
    private readonly registry: InstanceRegistry,
    private readonly tokens: NodeTokens,
    private readonly watch: NodeWatch,
    private readonly tenants: NodeTenants,
  ) {}

  /**
   * Refuses while something runs on it or counts on it, unless forced: then it is told to stop that, and it counts no
   * more.
   */
  async remove({ name }: KnownNode, force: boolean, by: string): Promise<void> {
    const rows = await this.database
      .getRepository(InstanceRow)
      .findBy({ node: name, removedAt: IsNull() });
    const services = this.tenants.servicesOn(name);
    if (!force) this.#require(name, rows, services);
    const row = await this.database.getRepository(NodeRow).findOneBy({ name });
    this.streams.stop(rows);
    // First of all: what it says from here on must not make it known again.
    await this.tokens.revoke(row?.revocationIds ?? [], by);
    const targets = this.registry.ofNode(name).flatMap(({ target }) => target ?? []);
    await this.database.transaction(async (manager) => {
      const change = { desired: "stopped" as const, removedAt: new Date() };
      await manager.update(InstanceRow, { node: name, removedAt: IsNull() }, change);
      await manager.delete(NodeRow, { name });
    });
    this.registry.remove(rows.map(({ id }) => id));
    this.directory.forget(name);
    this.watch.forget(name);
    // One that was told to stop something has to hear of it; its stream ends with its connection.
    if (rows.length === 0 && services.length === 0) this.streams.forget(name);
    this.watch.tell(new Set(targets));
    await this.tenants.removed(name);
  }

  #require(name: string, rows: readonly InstanceRow[], services: readonly string[]): void {
    const there = new Set([...services, ...rows.flatMap(({ service }) => service ?? [])]);
    const ofApps = rows.filter(({ service }) => service === null).length;
    if (ofApps > 0 || there.size > 0) throw stillRuns(name, ofApps, [...there].toSorted());
    const objection = this.tenants.objection(name);
    if (objection !== undefined) throw new ProblemError("conflict", objection);
  }
}

function stillRuns(name: string, ofApps: number, services: readonly string[]): ProblemError {
  const apps = ofApps === 0 ? [] : [`${ofApps} instance${ofApps === 1 ? "" : "s"} of apps`];
  const what = [...apps, ...services.map((service) => `the service ${service}`)].join(", ");
  return new ProblemError(
    "conflict",
    `node "${name}" still runs ${what}; move them with \`bastide node drain ${name}\` first, or give up what it runs with --force`,
  );
}
