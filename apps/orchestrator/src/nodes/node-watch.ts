import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from "@nestjs/common";
import type { NodeLiveness } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import type { TargetKey } from "../targets/target.ts";
import { Wakes } from "../targets/wakes.ts";
import { judge } from "./domain/liveness.ts";
import type { Sign } from "./domain/sign.ts";
import { NodeDirectory } from "./node-directory.ts";
import { NodePulses } from "./node-pulses.ts";
import { NodeStreams } from "./node-streams.ts";

const LOOK_EVERY_MS = 250;

/** Watches the nodes' signs of life, and wakes whoever has instances on one that falls silent or is back. */
@Injectable()
export class NodeWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;

  // oxlint-disable-next-line max-params -- what it compares, what it changes, and whom it tells
  constructor(
    private readonly directory: NodeDirectory,
    private readonly pulses: NodePulses,
    private readonly streams: NodeStreams,
    private readonly registry: InstanceRegistry,
    private readonly wakes: Wakes,
    private readonly logger: JsonLogger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  look(monotonicMs: number): void {
    const nowMs = this.pulses.clock.tick(monotonicMs);
    const pulses = this.directory.list().map(({ name, liveness }) => ({
      name,
      liveness,
      heardMs: this.pulses.heardMs(name),
      isConnected: this.streams.isConnected(name),
    }));
    for (const [name, liveness] of judge(pulses, nowMs)) this.#change(name, liveness);
  }

  /** A sign of life; false for what was said by an earlier start of the agent, or too late. */
  heard(name: string, sign?: Sign, clock?: string): boolean {
    return this.pulses.heard(name, sign, clock);
  }

  /** A complete report came: what its instances do is known again. */
  returned(name: string): void {
    if (this.directory.get(name)?.liveness !== "alive") this.#change(name, "alive");
  }

  tell(targets: ReadonlySet<TargetKey>): void {
    this.wakes.wake(targets);
  }

  forget(name: string): void {
    this.pulses.forget(name);
  }

  /** Whoever has instances there has to look at them anew. */
  wake(name: string): void {
    this.wakes.wake(new Set(this.registry.ofNode(name).flatMap(({ target }) => target ?? [])));
  }

  #change(name: string, liveness: NodeLiveness): void {
    const details = { node: name, liveness, instances: this.registry.countOf(name) };
    if (liveness === "alive") this.logger.info("a node is heard of again", details);
    else this.logger.warn("a node is silent", details);
    this.directory
      .setLiveness(name, liveness)
      .catch((error: unknown) =>
        this.logger.error("a node's liveness is not on record", { ...details, error }),
      );
    this.wake(name);
  }
}
