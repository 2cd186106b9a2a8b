import { JsonLogger } from "@bastide/service-kit";
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from "@nestjs/common";
import type { HaLeaseStoreStatus } from "@bastide/contracts";
import { SEED_KEY } from "@bastide/ha";
import { type Component, PlatformComponents } from "../platform/platform-components.ts";
import { HaLeaseStore } from "./ha-lease-store.ts";

const LOOK_EVERY_MS = 2_000;
/** As long as a guard waits for its answer: one that takes longer helps nobody. */
const ANSWER_MS = 1_500;

/**
 * Whether the lease store can be used, asked every two seconds whether or not a guard asks: an operator sees that it
 * is gone before the next takeover needs it. Each change is a line of the log, and each further failure is none.
 */
@Injectable()
export class HaStoreHealth
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #problem: string | undefined;
  #since: Date | undefined;

  constructor(
    private readonly store: HaLeaseStore,
    private readonly components: PlatformComponents,
    private readonly logger: JsonLogger,
  ) {}

  onModuleInit(): void {
    this.components.register("lease store", () => this.#observe());
  }

  onApplicationBootstrap(): void {
    this.#looking = this.#look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#end.abort();
    await this.#looking;
    clearTimeout(this.#timer);
  }

  /** As last seen; nobody is asked. */
  get status(): HaLeaseStoreStatus {
    const isUsable = this.#problem === undefined;
    return { kind: this.store.kind, isUsable, ...(isUsable ? {} : { message: this.#problem }) };
  }

  #observe(): Component {
    const { kind } = this.store;
    const since = this.#since === undefined ? {} : { since: this.#since.toISOString() };
    if (this.#problem !== undefined) return { healthy: false, message: this.#problem, ...since };
    const message = this.#since === undefined ? `${kind}, not asked yet` : `${kind} answers`;
    return { healthy: true, message, ...since };
  }

  async #look(): Promise<void> {
    const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(ANSWER_MS)]);
    const found = await this.#ask(signal);
    if (this.#end.signal.aborted) return;
    this.#note(found);
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, LOOK_EVERY_MS).unref();
  }

  async #ask(signal: AbortSignal): Promise<string | undefined> {
    try {
      await (await this.store.get()).readValue(SEED_KEY, signal);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #note(problem: string | undefined): void {
    const wasUsable = this.#problem === undefined;
    const isUsable = problem === undefined;
    this.#problem = problem;
    if (wasUsable === isUsable && this.#since !== undefined) return;
    this.#since = new Date();
    if (problem !== undefined)
      this.logger.warn("the lease store cannot be used", { reason: problem });
    else if (!wasUsable) this.logger.info("the lease store can be used again", {});
  }
}
