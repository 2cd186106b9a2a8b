import { Fleet, type Unplaced } from "@bastide/ha";
import { Injectable } from "@nestjs/common";
import { Config } from "../config.ts";
import { ReleaseProcesses } from "../releases/release-processes.ts";
import { idsOf, type TargetKey } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { type PlacedProcess, workloadId, workloadOf } from "./domain/workloads.ts";
import { LiveFleet } from "./live-fleet.ts";
import { PlacementStore } from "./placement-store.ts";

/** So many more instances of a process. */
export interface WantedInstances {
  readonly process: string;
  readonly generation: string;
  /** Whose limits they have. */
  readonly release: string;
  readonly count: number;
}

interface AskedProcess extends PlacedProcess {
  readonly count: number;
}

export interface FoundPlaces {
  /** One for each instance that has a place, in the order of being placed. */
  readonly nodes: readonly string[];
  readonly unplaced?: Unplaced;
}

/** Codes by which a node is wrong for an instance that runs there already. */
const UNSUITED = ["driver", "labels", "policy", "policy-unanswered", "policy-error"];

export interface FoundPlan {
  readonly places: readonly FoundPlaces[];
  /** To be called when the instances are in the registry, or will never be. */
  readonly release: () => void;
}

/** Chooses nodes for new instances. */
@Injectable()
export class Placement {
  constructor(
    private readonly config: Config,
    private readonly live: LiveFleet,
    private readonly targets: TargetFinder,
    private readonly store: PlacementStore,
    private readonly releases: ReleaseProcesses,
  ) {}

  /**
   * Places for new instances of one app in an environment, in the order of `wanted`; what has one counts from here on, so
   * that two decisions never use the same room. Where nothing is known of any node, this machine's.
   */
  async place(key: TargetKey, wanted: readonly WantedInstances[]): Promise<FoundPlan> {
    const target = await this.targets.byIds(idsOf(key));
    const releases = await this.releases.of(wanted.map(({ release }) => release));
    const asked = wanted.map(({ process, generation, release, count }) => {
      const limits = releases.get(release)?.[process]?.limits;
      return { process, generation, count, ...(limits ? { limits } : {}) };
    });
    return this.live.use((fleet) =>
      target && this.live.hasNodes
        ? this.#placeIn(
            fleet,
            asked.map((each) => ({ ...each, target })),
          )
        : this.#onThisMachine(wanted),
    );
  }

  /** Those of `nodes` on which instances of it may not be, by what is said of it and of them now. */
  async unsuited(key: TargetKey, nodes: readonly string[]): Promise<ReadonlySet<string>> {
    await this.store.load();
    const settings = this.store.of(idsOf(key));
    if (settings.policy === undefined && settings.labels === undefined) return new Set();
    const target = await this.targets.byIds(idsOf(key));
    if (!target) return new Set();
    const known = await this.live.use(() => this.live.nodes(nodes));
    const workload = workloadOf({ target, process: "any", generation: "any" }, settings, []);
    const fleet = new Fleet(
      { nodes: known, workloads: [workload], quotas: {} },
      this.live.verdicts,
    );
    const verdicts = fleet.explain(workload.id)?.nodes ?? [];
    const wrong = verdicts.filter(({ refusals }) =>
      refusals.some(({ code }) => UNSUITED.includes(code)),
    );
    return new Set(wrong.map(({ node }) => node));
  }

  #placeIn(fleet: Fleet, wanted: readonly AskedProcess[]): FoundPlan {
    for (const asked of wanted) this.live.want(asked, (kept) => kept + asked.count);
    const plan = fleet.plan();
    const places = wanted.map((asked): FoundPlaces => {
      const id = workloadId(asked);
      const nodes = plan.placed.filter(({ workload }) => workload === id).map(({ node }) => node);
      const unplaced = plan.unplaced.find(({ workload }) => workload === id);
      return { nodes, ...(unplaced ? { unplaced } : {}) };
    });
    const reserved = wanted.map((asked, at) => this.live.reserve(asked, places[at]?.nodes ?? []));
    return {
      places,
      release: () => {
        for (const release of reserved) release();
      },
    };
  }

  #onThisMachine(wanted: readonly WantedInstances[]): FoundPlan {
    const places = wanted.map(({ count }) => ({
      nodes: Array.from({ length: count }, () => this.config.node),
    }));
    return { places, release: () => undefined };
  }
}
