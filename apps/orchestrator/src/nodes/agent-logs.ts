import { Injectable } from "@nestjs/common";
import { agentEndpoints, LogLine, type LogsQuery } from "@bastide/contracts";
import { setTimeout as delay } from "node:timers/promises";
import { InstanceRegistry, type KnownInstance } from "../instances/instance-registry.ts";
import { AgentClients } from "./agent-clients.ts";

export type LogRange = Pick<LogsQuery, "tail" | "follow">;

type Instance = Pick<KnownInstance, "id" | "node">;

const RETRY_MS = 100;

/** Instances' logs, from the agents of the nodes that they run on. */
@Injectable()
export class AgentLogs {
  constructor(
    private readonly agents: AgentClients,
    private readonly registry: InstanceRegistry,
  ) {}

  read(instance: Instance, range: LogRange, signal: AbortSignal): AsyncGenerator<LogLine> {
    return this.agents.of(instance.node).lines(agentEndpoints.logs, LogLine, {
      parameters: { instance: instance.id },
      query: { tail: range.tail, follow: String(range.follow) },
      signal,
    });
  }

  /**
   * The log's last `tail` lines and what follows, for as long as the instance is there: through a restart of its agent,
   * and from before its agent knows it.
   */
  async *follow(instance: Instance, tail: number, signal: AbortSignal): AsyncGenerator<LogLine> {
    let wanted = tail;
    while (!signal.aborted && this.registry.get(instance.id)) {
      try {
        for await (const line of this.read(instance, { tail: wanted, follow: true }, signal)) {
          wanted = 0;
          yield line;
        }
      } catch {
        // Not known yet, or the agent is away: tried again until the instance is gone.
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The last lines, or none when they cannot be had within a second. */
  async last(instance: Instance, lines: number): Promise<string[]> {
    const found: string[] = [];
    try {
      const range = { tail: lines, follow: false };
      for await (const { line } of this.read(instance, range, AbortSignal.timeout(1_000)))
        found.push(line);
    } catch {
      // The failure that asks for them is told without them.
    }
    return found.slice(-lines);
  }
}
