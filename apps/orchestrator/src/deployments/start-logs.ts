import { Injectable } from "@nestjs/common";
import { InstanceRegistry, type KnownInstance } from "../instances/instance-registry.ts";
import { AgentLogs } from "../nodes/agent-logs.ts";
import type { FeedEvent } from "./deployment-feed.ts";

const MOST_INSTANCES = 10;

/**
 * What a deployment's new instances print while they start, live, for those who follow the deployment. It is not
 * recorded: the instances' own logs have it.
 */
@Injectable()
export class StartLogs {
  constructor(
    private readonly registry: InstanceRegistry,
    private readonly logs: AgentLogs,
  ) {}

  /** Pushes lines (numbered 0: they have no place in the recorded log) until `signal` is aborted. */
  follow(generation: string, push: (event: FeedEvent) => void, signal: AbortSignal): void {
    const followed = new Set<string>();
    const begin = (instance: Pick<KnownInstance, "id" | "node">): void => {
      if (followed.has(instance.id) || followed.size >= MOST_INSTANCES) return;
      followed.add(instance.id);
      void this.#follow(instance, push, signal);
    };
    const off = this.registry.onAdded((known) => {
      if (known.generation === generation) begin(known);
    });
    signal.addEventListener("abort", off, { once: true });
    this.registry.ofGeneration(generation).forEach(begin);
  }

  async #follow(
    instance: Pick<KnownInstance, "id" | "node">,
    push: (event: FeedEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const { at, line } of this.logs.follow(instance, 100, signal))
      push({ type: "log", line: { sequence: 0, at: new Date(at), phase: "start", line } });
  }
}
