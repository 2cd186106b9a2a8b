import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from "@nestjs/common";
import { JsonLogger } from "@bastide/service-kit";
import { RoutedRollouts } from "../routes/routed-rollouts.ts";
import type { TargetKey } from "../targets/target.ts";
import { Wakes } from "../targets/wakes.ts";
import { entered, plan } from "./domain/plan.ts";
import { type RecordedRollout, RolloutStore } from "./records/rollout-store.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { type PlacedPlan, RolloutPlacement } from "./rollout-placement.ts";
import { RolloutEffects } from "./rollout-effects.ts";

/** Reads and writes of several targets at a time, fewer than the connections that the API needs as well. */
const CONCURRENCY = 4;
const RESYNC_MS = 1_000;
/** A plan that is not done after this many rounds would never be. */
const MOST_ROUNDS = 50;

/**
 * The loop that everything advances by: load what is recorded and observed, publish the routes that follow from it,
 * decide, record, tell those concerned, and again until there is nothing to do. Woken by events at once; targets under
 * way are looked at every second as well, for what only the clock changes and for events that got lost.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #queue = new KeyedQueue<TargetKey>((key) => this.#attempt(key), CONCURRENCY);
  /** Targets that are not at rest. */
  readonly #active = new Set<TargetKey>();
  readonly #off: (() => void)[] = [];
  #resync: NodeJS.Timeout | undefined;

  // oxlint-disable-next-line max-params -- what it loads, publishes, places and does, who wakes it, and whom it tells
  constructor(
    private readonly rollouts: RolloutStore,
    private readonly routed: RoutedRollouts,
    private readonly effects: RolloutEffects,
    private readonly placement: RolloutPlacement,
    private readonly wakes: Wakes,
    private readonly logger: JsonLogger,
  ) {}

  /** Rebuilds what is only in memory, before the API listens: nobody may see half of it. */
  async onApplicationBootstrap(): Promise<void> {
    await this.effects.restore();
    for (const key of await this.rollouts.keys()) this.#queue.push(key);
    await this.#queue.idle();
    this.routed.begin();
    this.#off.push(
      this.wakes.on((key) => this.#queue.push(key)),
      this.routed.on(() => this.#wakeActive()),
    );
    this.#resync = setInterval(() => this.#wakeActive(), RESYNC_MS);
    this.#resync.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#resync);
    for (const off of this.#off) off();
    await this.#queue.stop();
  }

  #wakeActive(): void {
    for (const key of this.#active) this.#queue.push(key);
  }

  async #attempt(key: TargetKey): Promise<void> {
    try {
      await this.#reconcile(key);
    } catch (error) {
      // Looked at again by the next resync: whatever was recorded is where it goes on from.
      this.#active.add(key);
      this.logger.error("a rollout could not be reconciled", { target: key, error });
    }
  }

  async #reconcile(key: TargetKey): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const loaded = await this.rollouts.load(key, Date.now());
      const recorded = await this.placement.judged(key, loaded);
      await this.effects.catchUp(recorded.instances);
      const table = await this.routed.publish(key, recorded);
      const { rollout } = recorded;
      const placed = await this.placement.place(key, recorded, plan({ ...rollout, table }));
      if (placed.actions.length === 0) return this.#rest(key, recorded, placed.isWaiting);
      await this.#apply(key, recorded, placed);
    }
    throw new Error(`the plan did not end after ${MOST_ROUNDS} rounds`);
  }

  async #apply(key: TargetKey, recorded: RecordedRollout, placed: PlacedPlan): Promise<void> {
    const { rollout } = recorded;
    try {
      const actions = await this.effects.withLastLogs(rollout, placed.actions);
      const changes = await this.rollouts.record(key, rollout, actions);
      await this.effects.after(changes);
      // What the phase now recorded says of the routes is known already; the next round finds them as they are.
      const next = entered(rollout, actions);
      if (next) await this.routed.publish(key, { ...recorded, rollout: next });
    } finally {
      placed.release();
    }
  }

  #rest(key: TargetKey, { rollout }: RecordedRollout, isWaiting: boolean): void {
    const isAtRest =
      !isWaiting && !rollout.deployment && rollout.members.every(({ draining }) => !draining);
    if (isAtRest) this.#active.delete(key);
    else this.#active.add(key);
    if (rollout.members.length === 0 && !rollout.current) this.routed.forget(key);
  }
}
