import { Injectable } from "@nestjs/common";
import { Config } from "../config.ts";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import type { InstanceRow } from "../instances/instance.row.ts";
import type { TargetKey } from "../targets/target.ts";
import { choosePlacement } from "./domain/placement.ts";
import { NodeDirectory } from "./node-directory.ts";

/** Chooses nodes for new instances. */
@Injectable()
export class Placement {
  constructor(
    private readonly config: Config,
    private readonly directory: NodeDirectory,
    private readonly registry: InstanceRegistry,
  ) {}

  /** `planned`: those of the same plan, that are not recorded yet. Without any known node, this machine's. */
  choose(key: TargetKey, process: string, planned: readonly InstanceRow[]): string {
    const siblings = this.registry.ofTarget(key).filter((known) => known.process === process);
    const chosen = choosePlacement(
      this.directory.list().map(({ name }) => ({
        name,
        reachable: this.directory.isReachable(name),
        siblings: [...siblings, ...planned].filter(({ node }) => node === name).length,
        instances: this.registry.countOf(name),
      })),
    );
    return chosen ?? this.config.node;
  }

  /** Where to build: a node that is there, this machine's if it is one of them. */
  chooseBuilder(): string {
    const reachable = this.directory
      .list()
      .filter(({ name }) => this.directory.isReachable(name))
      .map(({ name }) => name);
    const local = this.config.node;
    return reachable.includes(local) ? local : (reachable[0] ?? local);
  }
}
