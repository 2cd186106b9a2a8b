import type { HaDesired, HaStatus } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { type Brick, isInstanceBrick } from "../bricks/brick.ts";
import { BRICKS, isRetired } from "../bricks/bricks.ts";
import { BrickNodes } from "./brick-nodes.ts";
import { type Candidate, nobodyTakesIt } from "./domain/refusals.ts";
import { isPaused, type Wanted } from "./domain/without-removed.ts";
import { HaChanges } from "./ha-changes.ts";
import { HaGroups } from "./ha-groups.ts";
import { HaInstances } from "./ha-instances.ts";
import { HaObserved } from "./ha-observed.ts";
import type { HaServiceRow } from "./ha-service.row.ts";
import { wantedOf } from "./wanted.ts";

/** What operators do with services under high availability. Each is on record, and told to the nodes, when it resolves. */
@Injectable()
export class HaVerbs {
  constructor(
    private readonly groups: HaGroups,
    private readonly observed: HaObserved,
    private readonly instances: HaInstances,
    private readonly nodes: BrickNodes,
    private readonly changes: HaChanges,
  ) {}

  list(): HaStatus[] {
    return [...BRICKS.map((brick) => this.#status(brick)), ...this.#retired()];
  }

  /** What runs yet of bricks that the platform has no more. */
  #retired(): HaStatus[] {
    const names = [...this.groups.rows.map(({ name }) => name), ...this.instances.services()];
    return [...new Set(names)].filter(isRetired).flatMap((name) => {
      const instances = [...this.observed.instances(name), ...this.instances.of(name)];
      return instances.length === 0 ? [] : [retired(name, instances)];
    });
  }

  start(name: string): Promise<HaStatus> {
    return this.#change(name, to({ kind: "started" }), "start");
  }

  stop(name: string): Promise<HaStatus> {
    return this.#change(name, to({ kind: "stopped" }), "stop");
  }

  purge(name: string): Promise<HaStatus> {
    return this.#change(name, to({ kind: "stopped", purge: true }), "purge");
  }

  switch(name: string, node: string): Promise<HaStatus> {
    const { topology } = this.#brick(name);
    if (topology.kind === "flex")
      throw new ProblemError(
        "conflict",
        `${name} runs on several nodes, so there is no one to switch to`,
      );
    return this.#change(
      name,
      (before) => {
        if (!before.candidates.includes(node))
          throw new ProblemError(
            "conflict",
            `${name} may not run on "${node}", but on ${before.candidates.join(", ") || "no node yet"}; nodes are taken in when a stopped service is started`,
          );
        return to({ kind: "placed", node })(before);
      },
      `switch to ${node}`,
    );
  }

  freeze(name: string): Promise<HaStatus> {
    return this.#change(name, frozen, "freeze");
  }

  thaw(name: string): Promise<HaStatus> {
    return this.#change(
      name,
      (before) => to(before.beforeFreeze ?? before.desired)(before),
      "thaw",
    );
  }

  async #change(name: string, change: (before: Wanted) => Wanted, what: string): Promise<HaStatus> {
    const brick = this.#brick(name);
    await this.changes.change(name, (row) => ({ wanted: change(this.#wanted(brick, row)), what }));
    return this.#status(brick);
  }

  #wanted(brick: Brick, row: HaServiceRow | undefined): Wanted {
    return {
      desired: wantedOf(brick, row?.desired),
      beforeFreeze: row?.beforeFreeze ?? null,
      // What needs no lease has nobody who votes on it: any node that is there may run it.
      candidates: isInstanceBrick(brick) ? [] : this.#candidates(row),
    };
  }

  /**
   * The candidates vote on a service's lease, and two majorities must always share one: so they change only while the
   * service is stopped, and every one of them has heard so and says so.
   */
  #candidates(row: HaServiceRow | undefined): readonly string[] {
    if (row === undefined) return this.groups.members();
    const { name, desired, candidates, version } = row;
    return desired.kind === "stopped" &&
      this.observed.isStoppedOn(candidates, name, Number(version))
      ? this.groups.members()
      : candidates;
  }

  #brick(name: string): Brick {
    const brick = BRICKS.find((one) => one.name === name);
    if (brick) return brick;
    const names = BRICKS.map((one) => one.name).join(", ");
    throw new ProblemError("not-found", `there is no service "${name}"; there are ${names}`);
  }

  #status(brick: Brick): HaStatus {
    const { name, summary, topology, affinities = [] } = brick;
    const row = this.groups.rows.find((one) => one.name === name);
    const isSaid = row !== undefined || brick.isWantedAtOnce === true;
    const desired = wantedOf(brick, row?.desired);
    const candidates = this.#mayRun(brick, row);
    const instances = isInstanceBrick(brick)
      ? this.instances.of(name)
      : this.observed.instances(name);
    const nobody = nobodyTakesIt(
      { name, affinities, desired, instances },
      candidates.map((node) => this.#candidate(brick, node)),
    );
    return {
      name,
      summary,
      topology,
      ...(isSaid ? { desired } : {}),
      candidates: [...candidates],
      instances,
      ...(nobody === undefined ? noteOf(brick, row, desired) : { note: nobody }),
    };
  }

  #mayRun(brick: Brick, row: HaServiceRow | undefined): readonly string[] {
    return isInstanceBrick(brick)
      ? this.nodes.of(brick).map((node) => node.name)
      : (row?.candidates ?? []);
  }

  /** As whoever decides sees it: guards see each other's programs, the control plane its instances. */
  #candidate(brick: Brick, node: string): Candidate {
    const services = isInstanceBrick(brick)
      ? this.instances.readyOn(node)
      : this.observed.servicesOn(node);
    return { ...this.nodes.known(node), services: new Set(services) };
  }
}

const retired = (name: string, instances: HaStatus["instances"]): HaStatus => ({
  name,
  summary: "the platform has it no more: what runs of it is being stopped",
  topology: { kind: "flex", min: 0, target: 0, max: 0 },
  desired: { kind: "stopped" },
  candidates: [],
  instances,
});

function noteOf(
  { whenStopped }: Brick,
  row: HaServiceRow | undefined,
  desired: HaDesired,
): Pick<HaStatus, "note"> {
  if (row !== undefined && isPaused(row))
    return {
      note: "stopped for a moment by the platform itself: a node was removed that had a vote on it",
    };
  return desired.kind === "stopped" && whenStopped !== undefined ? { note: whenStopped } : {};
}

/** Whatever else is wanted, a freeze is over then. */
const to =
  (desired: HaDesired) =>
  (before: Wanted): Wanted => ({ ...before, desired, beforeFreeze: null });

const frozen = (before: Wanted): Wanted =>
  before.desired.kind === "frozen"
    ? before
    : {
        ...before,
        desired: { kind: "frozen" },
        beforeFreeze: isPaused(before) ? before.beforeFreeze : before.desired,
      };
