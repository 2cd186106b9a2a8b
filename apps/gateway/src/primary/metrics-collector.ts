import { type GatewayFacts, type MetricsReport, MetricsStore } from "../observe/metrics-store.ts";
import type { MetricsIncrement } from "../observe/metrics.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** So that little is lost of what a worker counted before it was killed. */
const EVERY_MS = 10_000;

const now = (): number => performance.now();

/** Adds up what the workers count. */
export class MetricsCollector {
  readonly #store = new MetricsStore(now());
  readonly #pool: WorkerPool;
  readonly #facts: () => GatewayFacts;

  constructor(pool: WorkerPool, facts: () => GatewayFacts) {
    this.#pool = pool;
    this.#facts = facts;
  }

  /** Returns how to stop. */
  start(): () => void {
    const timer = setInterval(() => void this.collect(), EVERY_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** What a worker had counted that ends. */
  add(increment: MetricsIncrement): void {
    this.#store.add([increment], (key) => this.#pool.routes.has(key), now());
  }

  async collect(): Promise<MetricsReport> {
    const answers = await this.#pool.ask("metrics");
    const increments = answers.map(({ value }) => readIncrement(value));
    this.#store.add(increments, (key) => this.#pool.routes.has(key), now());
    return this.#store.report(
      increments.map(({ gauges }) => gauges),
      this.#facts(),
    );
  }
}

/** A worker is this program too: what it says has the shape that it should. */
function readIncrement(value: unknown): MetricsIncrement {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as MetricsIncrement;
}
