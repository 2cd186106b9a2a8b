import { Injectable } from "@nestjs/common";
import type { NodeHeartbeat, NodeReport, StreamVersion } from "@bastide/contracts";
import { DataSource, In, IsNull, Not } from "typeorm";
import { InstanceRegistry, type Observation } from "../instances/instance-registry.ts";
import { InstanceRow } from "../instances/instance.row.ts";
import { NodeDirectory } from "./node-directory.ts";
import { instancesOfKeys, NodeStreams } from "./node-streams.ts";
import { NodeWatch } from "./node-watch.ts";

const SAVE_OBSERVED = `
  update instances i set observed = o.observed
  from jsonb_to_recordset($1::jsonb) as o (id uuid, observed jsonb) where i.id = o.id`;

/** What nodes say: that they live, reports of what they observe, and acknowledgements of what they were told. */
@Injectable()
export class NodesService {
  constructor(
    private readonly database: DataSource,
    private readonly directory: NodeDirectory,
    private readonly streams: NodeStreams,
    private readonly registry: InstanceRegistry,
    private readonly watch: NodeWatch,
  ) {}

  heartbeat(node: string, { incarnation, clock }: NodeHeartbeat): void {
    if (this.watch.heard(node, { incarnation }, clock)) this.directory.seen(node);
  }

  /** Acts upon a report at once, then records it; when this resolves, a restart of ours forgets nothing of it. */
  async report(node: string, report: NodeReport): Promise<void> {
    const { incarnation, sequence = 0, clock } = report;
    const sign = incarnation === undefined ? undefined : { incarnation, sequence };
    if (!this.watch.heard(node, sign, clock)) return;
    const unseen = report.complete ? this.registry.unseen(node, report.instances) : [];
    const observation = this.registry.observe(node, [...report.instances, ...unseen]);
    // Its state is known before it counts again, so that nobody acts by what it was before the silence.
    if (report.complete) this.watch.returned(node);
    this.watch.tell(observation.targets);
    await Promise.all([this.directory.report(node, report), this.#record(observation)]);
  }

  /** `unmentioned`: instances that the node holds and our snapshot said nothing of. */
  async acknowledge(
    node: string,
    version: StreamVersion,
    unmentioned: readonly string[],
  ): Promise<void> {
    this.watch.heard(node);
    this.directory.seen(node);
    const left = this.streams.acknowledge(node, version);
    if (left.length > 0) await this.#remove(node, left);
    if (unmentioned.length > 0) await this.#dismiss(node, instancesOfKeys(unmentioned));
  }

  async #record({ changed }: Observation): Promise<void> {
    if (changed.length === 0) return;
    const records = changed.map((observed) => ({ id: observed.id, observed }));
    await this.database.query(SAVE_OBSERVED, [JSON.stringify(records)]);
  }

  /** Recorded first: when that fails, the node's next acknowledgement brings it here again. */
  async #remove(node: string, ids: readonly string[]): Promise<void> {
    await this.database
      .getRepository(InstanceRow)
      .update({ id: In([...ids]), desired: "stopped" }, { removedAt: new Date() });
    this.registry.remove(ids);
    this.streams.dismissed(node, ids);
  }

  /** Stops those that this database knows to be removed; what it never knew is not ours to stop. */
  async #dismiss(node: string, ids: readonly string[]): Promise<void> {
    const removed = await this.database.getRepository(InstanceRow).find({
      select: { id: true },
      where: { id: In([...ids]), node, removedAt: Not(IsNull()) },
    });
    this.streams.stop(removed.map(({ id }) => ({ id, node })));
  }
}
