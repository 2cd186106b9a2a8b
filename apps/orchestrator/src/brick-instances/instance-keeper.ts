import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from "@nestjs/common";
import type { HaDesired } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { type InstanceBrick, isInstanceBrick } from "../bricks/brick.ts";
import { BRICKS } from "../bricks/bricks.ts";
import { HaEvents } from "../ha/ha-events.ts";
import { HaInstances } from "../ha/ha-instances.ts";
import { HaTruth } from "../ha/ha-truth.ts";
import { wantedOf } from "../ha/wanted.ts";
import type { InstanceRow } from "../instances/instance.row.ts";
import { BrickViews } from "./brick-views.ts";
import { type InstanceAction, planInstances } from "./domain/plan-instances.ts";
import { InstanceRecords } from "./instance-records.ts";

const EVERY_MS = 1_000;

/** Keeps the instances of bricks as they are wanted: observes, has libs/ha decide, starts and stops. */
@Injectable()
export class InstanceKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** By brick and node. */
  readonly #seen = new Map<string, ReadonlyMap<string, string>>();
  readonly #desired = new Map<string, HaDesired>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  // oxlint-disable-next-line max-params -- what it reads, what it decides by, what it does and whom it tells
  constructor(
    private readonly truth: HaTruth,
    private readonly records: InstanceRecords,
    private readonly views: BrickViews,
    private readonly instances: HaInstances,
    private readonly events: HaEvents,
    private readonly logger: JsonLogger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.keep();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.keep());
    }, EVERY_MS);
    this.#timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** What was wanted of it when that was last read. */
  desiredOf(brick: InstanceBrick): HaDesired {
    return this.#desired.get(brick.name) ?? wantedOf(brick, undefined);
  }

  async keep(): Promise<void> {
    for (const brick of BRICKS.filter(isInstanceBrick))
      await this.#keepOne(brick).catch((error: unknown) =>
        this.logger.error("a brick's instances cannot be kept", { brick: brick.name, error }),
      );
    await this.#endRetired().catch((error: unknown) =>
      this.logger.error("instances of bricks that there are no more cannot be stopped", { error }),
    );
  }

  /** Told again until their nodes have taken leave of them. */
  async #endRetired(): Promise<void> {
    for (const row of await this.records.retired()) {
      if (row.desired !== "stopped")
        this.events.add({
          service: row.service ?? "",
          node: row.node,
          what: "stop, since the platform has it no more",
        });
      await this.records.stop(row);
    }
  }

  async #keepOne(brick: InstanceBrick): Promise<void> {
    const intent = (await this.truth.rows()).find(({ name }) => name === brick.name);
    const desired = wantedOf(brick, intent?.desired);
    this.#desired.set(brick.name, desired);
    const rows = await this.records.of(brick);
    await this.records.tellAgain(brick, rows);
    const members = rows.map((row) =>
      this.views.memberOf(row, this.records.isOutdated(brick, row)),
    );
    for (const action of planInstances(this.views.of(brick, desired, members)))
      await this.#apply(brick, action, rows);
    this.#tell(brick);
  }

  async #apply(
    brick: InstanceBrick,
    action: InstanceAction,
    rows: readonly InstanceRow[],
  ): Promise<void> {
    switch (action.kind) {
      case "start":
        return this.records.start(brick, action.node);
      case "block":
        return this.views.block(brick, action.node, Date.now() + action.forMs);
      case "stop": {
        const { id, node } = action.member;
        if (action.isFailed) this.views.restarted(brick, node, Date.now());
        const row = rows.find((one) => one.id === id);
        return row && this.records.stop(row);
      }
    }
  }

  /** What changed since it was last looked at, as an event. */
  #tell({ name }: InstanceBrick): void {
    const now = new Map(this.instances.of(name).map(({ node, state }) => [node, state]));
    const before = this.#seen.get(name) ?? new Map<string, string>();
    for (const node of new Set([...before.keys(), ...now.keys()])) {
      const what = now.get(node) ?? "stopped";
      if ((before.get(node) ?? "stopped") !== what) this.events.add({ service: name, node, what });
    }
    this.#seen.set(name, now);
  }
}
