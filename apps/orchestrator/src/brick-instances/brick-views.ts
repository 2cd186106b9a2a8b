import { Injectable } from "@nestjs/common";
import type { HaDesired } from "@bastide/contracts";
import { type InstanceBrick, USUAL_MONITOR } from "../bricks/brick.ts";
import { Config } from "../config.ts";
import { BrickNodes } from "../ha/brick-nodes.ts";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import type { InstanceRow } from "../instances/instance.row.ts";
import type { BrickMember, BrickView, InstanceNode } from "./domain/plan-instances.ts";

/** What became of a brick's instances on one node. */
interface Past {
  restartedAtMs: readonly number[];
  blockedUntilMs: number;
}

const NOTHING: Past = { restartedAtMs: [], blockedUntilMs: 0 };

/** Gathers what a decision about a brick's instances rests on. */
@Injectable()
export class BrickViews {
  readonly #past = new Map<string, Past>();

  constructor(
    private readonly config: Config,
    private readonly nodes: BrickNodes,
    private readonly registry: InstanceRegistry,
  ) {}

  /** `members`: of rows, or as last heard where there was no time to read them. */
  of(brick: InstanceBrick, desired: HaDesired, members: readonly BrickMember[]): BrickView {
    const { name, topology, affinities = [], monitor = USUAL_MONITOR } = brick;
    const nowMs = Date.now();
    return {
      spec: { name, topology, affinities, monitor },
      desired,
      first: brick.first?.({ config: this.config }),
      nodes: this.#nodes(brick, nowMs),
      members,
      nowMs,
    };
  }

  memberOf(row: InstanceRow, isOutdated: boolean): BrickMember {
    const observed = this.registry.get(row.id)?.observed ?? row.observed;
    return {
      id: row.id,
      node: row.node,
      phase: observed?.phase ?? "preparing",
      isStopping: row.desired === "stopped",
      isOutdated,
    };
  }

  /** As its nodes last said. */
  heard(brick: InstanceBrick): BrickMember[] {
    return this.registry.ofService(brick.name).map(({ id, node, observed }) => ({
      id,
      node,
      phase: observed?.phase ?? "preparing",
      isStopping: false,
      isOutdated: false,
    }));
  }

  restarted(brick: InstanceBrick, node: string, nowMs: number): void {
    const past = this.#pastOf(brick, node);
    const { withinMs } = (brick.monitor ?? USUAL_MONITOR).restarts;
    const recent = past.restartedAtMs.filter((atMs) => nowMs - atMs < withinMs);
    this.#past.set(keyOf(brick, node), { ...past, restartedAtMs: [...recent, nowMs] });
  }

  block(brick: InstanceBrick, node: string, untilMs: number): void {
    this.#past.set(keyOf(brick, node), { restartedAtMs: [], blockedUntilMs: untilMs });
  }

  #nodes(brick: InstanceBrick, nowMs: number): InstanceNode[] {
    return this.nodes.of(brick).map(({ name, liveness, isCordoned, isDraining }) => {
      const { restartedAtMs, blockedUntilMs } = this.#pastOf(brick, name);
      const isBlocked = nowMs < blockedUntilMs;
      const others = this.#othersOn(name, brick);
      return { name, liveness, isCordoned, isDraining, isBlocked, restartedAtMs, others };
    });
  }

  #othersOn(node: string, brick: InstanceBrick): ReadonlySet<string> {
    const services = this.registry
      .ofNode(node)
      .flatMap(({ service, observed }) => (observed?.phase === "ready" ? (service ?? []) : []));
    return new Set(services.filter((service) => service !== brick.name));
  }

  #pastOf(brick: InstanceBrick, node: string): Past {
    return this.#past.get(keyOf(brick, node)) ?? NOTHING;
  }
}

const keyOf = ({ name }: InstanceBrick, node: string): string => `${name} ${node}`;
