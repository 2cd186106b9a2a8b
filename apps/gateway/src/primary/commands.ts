import { setTimeout as delay } from "node:timers/promises";
import {
  type GatewayAnswer,
  GatewayExplanation,
  type GatewayMetrics,
  type GatewayRequest,
  type GatewayStatus,
} from "@bastide/contracts";
import type { Conversation } from "../control-socket/control-socket.ts";
import { render } from "../observe/prometheus.ts";
import type { MetricsReport } from "../observe/metrics-store.ts";
import { BUCKETS_MS } from "../observe/route-counts.ts";
import { ControlError } from "../control-socket/control-error.ts";
import type { EventBus } from "./event-bus.ts";
import { listRoutes, listUpstreams, listWorkers } from "./inventory.ts";
import type { MetricsCollector } from "./metrics-collector.ts";
import type { Overlay } from "./overlay.ts";
import type { Tables } from "./tables.ts";
import type { WorkerPool } from "./worker-pool.ts";

type Result = Extract<GatewayAnswer, { ok: true }>["result"];
type Of<Command extends GatewayRequest["command"]> = Extract<GatewayRequest, { command: Command }>;

const POLL_MS = 50;

export interface CommandParts {
  readonly pool: WorkerPool;
  readonly tables: Tables;
  readonly overlay: Overlay;
  readonly metrics: MetricsCollector;
  readonly events: EventBus;
  readonly drainMs: number;
  /** What `status` says besides the workers. */
  readonly facts: () => Promise<Omit<GatewayStatus, "workers" | "draining" | "routes">>;
  /** Resolves when a successor serves. */
  readonly upgrade: () => Promise<{ pid: number }>;
}

/** What each request to the control socket does. */
export class Commands {
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  answer(request: GatewayRequest, conversation: Conversation): Promise<Result> {
    switch (request.command) {
      case "status":
        return this.#status();
      case "list":
        return this.#list(request);
      case "add":
        return this.#add(request);
      case "remove":
        return this.#remove(request);
      case "drain":
        return this.#drain(request);
      case "events":
        return this.#events(conversation);
      case "metrics":
      case "explain":
        return this.#tell(request);
      case "replace-workers":
      case "upgrade":
        return this.#renew(request);
    }
  }

  /** What changes nothing. */
  #tell(request: Of<"metrics" | "explain">): Promise<Result> {
    return request.command === "metrics" ? this.#metrics(request) : this.#explain(request);
  }

  #renew({ command }: Of<"replace-workers" | "upgrade">): Promise<Result> {
    return command === "upgrade" ? this.#parts.upgrade() : this.#replaceWorkers();
  }

  async #add({ route }: Of<"add">): Promise<Result> {
    await this.#parts.tables.add(route);
    return null;
  }

  async #remove({ key }: Of<"remove">): Promise<Result> {
    await this.#parts.tables.remove(key);
    return null;
  }

  /** By the worker that answers first of all: each has the same table. */
  async #explain({ request }: Of<"explain">): Promise<Result> {
    const [first] = await this.#parts.pool.ask(request);
    if (!first) throw new ControlError("failed", "no worker answered; `status` shows them");
    return jsonOf(GatewayExplanation.parse(first.value));
  }

  async #replaceWorkers(): Promise<Result> {
    const { pool, drainMs } = this.#parts;
    return { replaced: await pool.replace(drainMs) };
  }

  async #status(): Promise<Result> {
    const { pool, facts } = this.#parts;
    return jsonOf({
      ...(await facts()),
      routes: pool.routes.size,
      draining: pool.isLame,
      workers: await listWorkers(pool),
    });
  }

  async #list({ what }: Of<"list">): Promise<Result> {
    const { pool, overlay } = this.#parts;
    if (what === "routes") return jsonOf(listRoutes(pool, overlay));
    return jsonOf(
      what === "upstreams" ? await listUpstreams(pool, overlay) : await listWorkers(pool),
    );
  }

  async #metrics({ format }: Of<"metrics">): Promise<Result> {
    const report = await this.#parts.metrics.collect();
    return format === "prometheus" ? render(report, true) : jsonOf(asJson(report));
  }

  async #drain({ upstream, undo, waitSeconds }: Of<"drain">): Promise<Result> {
    const { pool, tables, events } = this.#parts;
    if (upstream === undefined) pool.lame(!undo);
    else await tables.drain(upstream, undo);
    events.emit(undo ? "drain-undone" : "draining", upstream === undefined ? {} : { upstream });
    const deadline = performance.now() + (undo ? 0 : waitSeconds * 1000);
    for (;;) {
      const inFlight = await this.#inFlight(upstream);
      if (inFlight === 0 || performance.now() >= deadline) return { inFlight };
      await delay(POLL_MS);
    }
  }

  async #inFlight(upstream: string | undefined): Promise<number> {
    const { pool, overlay } = this.#parts;
    if (upstream === undefined)
      return (await listWorkers(pool)).reduce((sum, worker) => sum + worker.inFlight, 0);
    const upstreams = await listUpstreams(pool, overlay);
    return upstreams
      .filter(({ instance, host, port }) => instance === upstream || `${host}:${port}` === upstream)
      .reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  async #events(conversation: Conversation): Promise<Result> {
    let omitted = 0;
    const stop = this.#parts.events.on((event) => {
      const line = omitted > 0 ? { ...event, omittedBefore: omitted } : event;
      omitted = conversation.send(line) ? 0 : omitted + 1;
    });
    conversation.onEnd(stop);
    return null;
  }
}

const asJson = ({ routes, counters, gauges }: MetricsReport): GatewayMetrics => ({
  boundsMs: [...BUCKETS_MS],
  routes: routes.map(([key, counts]) => ({ name: key.replace(/^route\//, ""), ...counts })),
  counters,
  gauges: { ...gauges },
});

/** What is JSON already, with the type that says so. */
const jsonOf = (value: object): Result => JSON.parse(JSON.stringify(value));
