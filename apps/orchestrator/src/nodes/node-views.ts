import { Injectable } from "@nestjs/common";
import type { Node, NodeDetails, NodeInstance } from "@bastide/contracts";
import { InstanceRegistry, type KnownInstance } from "../instances/instance-registry.ts";
import { idsOf } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { clockProblem } from "./domain/clock-skew.ts";
import { type KnownNode, NodeDirectory } from "./node-directory.ts";
import { NodePulses } from "./node-pulses.ts";

/** Shows nodes as the API does. */
@Injectable()
export class NodeViews {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly pulses: NodePulses,
    private readonly registry: InstanceRegistry,
    private readonly targets: TargetFinder,
  ) {}

  list(): Node[] {
    return this.directory.list().map((node) => this.of(node));
  }

  of(node: KnownNode): Node {
    const { name, facts, lastSeenMs, joinedAt, liveness } = node;
    const skewMs = this.pulses.skewMs(name);
    return {
      name,
      ...(facts ? { facts } : {}),
      liveness,
      reachable: this.directory.isReachable(name),
      ...(lastSeenMs === undefined ? {} : { lastSeenAt: new Date(lastSeenMs).toISOString() }),
      cordoned: node.isCordoned,
      draining: node.isDraining,
      place: node.place,
      ...addressOf(this.directory.addressOf(name)),
      ...(joinedAt ? { joinedAt: joinedAt.toISOString() } : {}),
      ...(skewMs === undefined ? {} : { clockSkewSeconds: Math.round(skewMs / 100) / 10 }),
      problems: problemsOf(node, skewMs),
      instances: this.registry.countOf(name),
    };
  }

  async details(node: KnownNode): Promise<NodeDetails> {
    const instances = this.registry.ofNode(node.name);
    return {
      ...this.of(node),
      running: await Promise.all(instances.map((instance) => this.#instance(instance))),
    };
  }

  async #instance(known: KnownInstance): Promise<NodeInstance> {
    const target = known.target && (await this.targets.byIds(idsOf(known.target)));
    return {
      id: known.id,
      ...(target ? { app: target.app, environment: target.environment } : {}),
      ...(known.service === undefined ? {} : { service: known.service }),
      process: known.process,
      phase: known.observed?.phase ?? "preparing",
    };
  }
}

const addressOf = (address: string | undefined) => (address === undefined ? {} : { address });

const SILENT = {
  suspected: "it has been silent for some seconds; its instances are avoided until it is heard of",
  lost: "it is silent, and its instances are started elsewhere; look whether the machine runs and reaches the control plane, or remove it: bastide node remove",
} as const;

function problemsOf({ facts, liveness }: KnownNode, skewMs: number | undefined): string[] {
  const silence = liveness === "alive" ? [] : [SILENT[liveness]];
  const clock = clockProblem(skewMs);
  return [...silence, ...(clock === undefined ? [] : [clock]), ...(facts?.isolation.missing ?? [])];
}
