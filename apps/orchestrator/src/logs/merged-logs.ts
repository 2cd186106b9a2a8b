import { Injectable } from "@nestjs/common";
import type { LogLine, LogsQuery } from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { InstanceRegistry, type KnownInstance } from "../instances/instance-registry.ts";
import { AgentLogs } from "../nodes/agent-logs.ts";
import { EventQueue } from "../streams/event-queue.ts";
import type { TargetKey } from "../targets/target.ts";

const HISTORY_DEADLINE_MS = 10_000;
/** Instances followed for one caller; each is a connection to its agent. */
const MOST_INSTANCES = 200;

type Selection = Pick<LogsQuery, "process" | "instance">;

/** The logs of a target's instances as one: the past in the order of time, then every line as it comes. */
@Injectable()
export class MergedLogs {
  constructor(
    private readonly registry: InstanceRegistry,
    private readonly logs: AgentLogs,
    private readonly logger: JsonLogger,
  ) {}

  read(key: TargetKey, query: LogsQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    return query.follow ? this.#follow(key, query, signal) : this.#past(key, query, signal);
  }

  async *#past(key: TargetKey, query: LogsQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    const instances = this.registry.ofTarget(key).filter((known) => isSelected(known, query));
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(HISTORY_DEADLINE_MS)]);
    const lines = await Promise.all(
      instances.slice(0, MOST_INSTANCES).map((known) => this.#collect(known, query.tail, deadline)),
    );
    yield* lines.flat().toSorted(byTime);
  }

  /** Instances that appear later are followed from their first line. */
  async *#follow(key: TargetKey, query: LogsQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
    const queue = new EventQueue<LogLine>();
    const ended = new AbortController();
    const whole = AbortSignal.any([signal, ended.signal]);
    const followed = new Set<string>();
    const begin = (known: KnownInstance): void => {
      const isOurs = known.target === key && isSelected(known, query);
      if (!isOurs || followed.has(known.id) || followed.size >= MOST_INSTANCES) return;
      followed.add(known.id);
      void this.#pump(known, query.tail, queue, whole);
    };
    const off = this.registry.onAdded(begin);
    try {
      this.registry.ofTarget(key).forEach(begin);
      yield* queue.read(whole);
    } finally {
      off();
      ended.abort();
    }
  }

  async #pump(
    known: KnownInstance,
    tail: number,
    queue: EventQueue<LogLine>,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const line of this.logs.follow(known, tail, signal)) queue.push(line);
  }

  async #collect(known: KnownInstance, tail: number, signal: AbortSignal): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    try {
      for await (const line of this.logs.read(known, { tail, follow: false }, signal))
        lines.push(line);
    } catch (error) {
      if (!signal.aborted) this.logger.warn("a log cannot be read", { instance: known.id, error });
    }
    return lines;
  }
}

const isSelected = (known: KnownInstance, { process, instance }: Selection): boolean =>
  (process === undefined || known.process === process) &&
  (instance === undefined || known.id === instance);

const byTime = (a: LogLine, b: LogLine): number => (a.at < b.at ? -1 : Number(a.at > b.at));
