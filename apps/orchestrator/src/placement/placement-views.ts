import type { PlacementMove, ProcessPlacement, ProcessSpec } from "@bastide/contracts";
import type { Fleet } from "@bastide/ha";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { TargetRow } from "../apps/target.row.ts";
import { wantedOf } from "../releases/domain/processes.ts";
import { ReleaseProcesses } from "../releases/release-processes.ts";
import type { Target } from "../targets/target.ts";
import { groupOfId, type PlacedProcess } from "./domain/workloads.ts";
import { LiveFleet } from "./live-fleet.ts";

interface Wanted extends PlacedProcess {
  readonly count: number;
}

/** Shows placement as the API does. Decides nothing. */
@Injectable()
export class PlacementViews {
  constructor(
    private readonly database: DataSource,
    private readonly live: LiveFleet,
    private readonly releases: ReleaseProcesses,
  ) {}

  async explain(target: Target): Promise<ProcessPlacement[]> {
    const wanted = await this.#wanted(target);
    return this.live.use((fleet) => wanted.map((each) => this.#explanation(fleet, each)));
  }

  async propose(): Promise<PlacementMove[]> {
    const moves = await this.live.use((fleet) => fleet.proposeRebalance());
    return moves.map(({ workload, node, to, gain }) => {
      const [organisation = "", , app = "", environment = "", process = ""] =
        groupOfId(workload).split("/");
      return { organisation, app, environment, process, from: node, to, gain };
    });
  }

  /** What is to run of each process; of what was never deployed, a `web` as most apps have. */
  async #wanted(target: Target): Promise<Wanted[]> {
    const { appId, environmentId } = target;
    const rows = this.database.getRepository(TargetRow);
    const row = await rows.findOneBy({ appId, environmentId });
    const release = row?.currentReleaseId ?? undefined;
    if (!row || release === undefined)
      return [{ target, process: "web", generation: "", count: 1 }];
    const processes = (await this.releases.of([release])).get(release) ?? {};
    return Object.entries(wantedOf(processes, row.formation)).map(([process, { count }]) => ({
      target,
      process,
      generation: row.generation ?? "",
      count,
      ...limitsOf(processes[process]),
    }));
  }

  #explanation(fleet: Fleet, { count, ...placed }: Wanted): ProcessPlacement {
    const id = this.live.want(placed, () => count);
    const { nodes = [], refusals = [] } = fleet.explain(id) ?? {};
    return {
      process: placed.process,
      wanted: count,
      running: nodes.reduce((sum, { instances }) => sum + instances, 0),
      refusals: [...refusals],
      nodes: nodes.map(({ node, instances, load, isNext, refusals: own }) => ({
        node,
        instances,
        load: Math.round(load * 1_000) / 1_000,
        next: isNext,
        refusals: [...own],
      })),
    };
  }
}

const limitsOf = (spec: ProcessSpec | undefined): Pick<PlacedProcess, "limits"> =>
  spec?.limits ? { limits: spec.limits } : {};
