import type { HaInstance, ObservedInstance } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { InstanceRegistry, type KnownInstance } from "../instances/instance-registry.ts";
import { NodeDirectory } from "../nodes/node-directory.ts";

type Phase = ObservedInstance["phase"];

const STATES: Readonly<Record<Phase, HaInstance["state"]>> = {
  preparing: "starting",
  starting: "starting",
  ready: "started",
  unready: "started",
  "backing-off": "starting",
  failed: "failed",
  stopping: "stopping",
  stopped: "stopped",
};

/** What agents say of bricks' instances, in the words of libs/ha. */
@Injectable()
export class HaInstances {
  constructor(
    private readonly registry: InstanceRegistry,
    private readonly directory: NodeDirectory,
  ) {}

  /** Every brick of which there is one. */
  services(): ReadonlySet<string> {
    return new Set([...this.registry.all()].flatMap(({ service }) => service ?? []));
  }

  /** The bricks that serve there by an instance. */
  readyOn(node: string): readonly string[] {
    return this.registry
      .ofNode(node)
      .flatMap(({ service, observed }) => (observed?.phase === "ready" ? (service ?? []) : []));
  }

  of(brick: string): HaInstance[] {
    return this.registry
      .ofService(brick)
      .map((known) => ({
        node: known.node,
        state: stateOf(known),
        isStale: this.directory.get(known.node)?.liveness === "lost",
      }))
      .toSorted((a, b) => (a.node < b.node ? -1 : 1));
  }
}

export const stateOf = ({ observed }: Pick<KnownInstance, "observed">): HaInstance["state"] =>
  STATES[observed?.phase ?? "preparing"];
