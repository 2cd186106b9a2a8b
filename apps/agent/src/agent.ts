import { mkdir } from "node:fs/promises";
import type { IsolationFacts, RuntimeDriver } from "@bastide/runtime";
import { type Parts, startParts } from "./agent-parts.ts";
import type { Config } from "./config.ts";
import { hasMinimumIsolation } from "./facts/domain/minimum.ts";
import type { Journal } from "./journal/journal.ts";
import { lockDirectory } from "./lock/directory-lock.ts";

const GOODBYE_MS = 1000;

/** Running as root, and the machine cannot give instances the minimum. */
export class IsolationMissing extends Error {
  override readonly name = "IsolationMissing";
}

/** All parts of an agent that runs, in the order in which they were started. */
export class Agent {
  readonly url: string;
  readonly #parts: Parts;
  readonly #driver: RuntimeDriver;

  private constructor(parts: Parts, driver: RuntimeDriver) {
    this.#parts = parts;
    this.#driver = driver;
    this.url = parts.url;
  }

  /**
   * Adopts what runs, goes on with the last known good state, and connects to the orchestrator in the background.
   * Throws DirectoryInUse, IsolationMissing, or the file system's errors.
   */
  static async start(config: Config, driver: RuntimeDriver, journal: Journal): Promise<Agent> {
    await mkdir(config.directory, { recursive: true, mode: 0o700 });
    await lockDirectory(config.directory);
    const isolation = await requireIsolation(driver);
    const hasMounts = isolation.namespaces.includes("mnt");
    return new Agent(await startParts({ config, driver, journal, hasMounts }), driver);
  }

  /** Ends the agent; what runs goes on and is adopted by the next. */
  async leave(): Promise<void> {
    const { instances, guardKeeper } = this.#parts;
    await this.#end(async () => {
      guardKeeper.leave();
      instances.detach();
    });
  }

  /** Stops every instance, tenants' before the platform's own, and ends the agent; the machine is as before it started. */
  async stopAll(): Promise<void> {
    const { instances, guardKeeper } = this.#parts;
    await this.#end(async () => {
      try {
        await guardKeeper.stop();
      } finally {
        // Whatever became of the guard: no tenant's app outlives a stop.
        await instances.halt();
        instances.detach();
        await this.#driver.leave();
      }
    });
  }

  async #end(finish: () => Promise<void>): Promise<void> {
    const { subscriber, reporter, heart, api, door, ownDoor, self, builds, logs } = this.#parts;
    await Promise.all([builds.stop(), subscriber.stop(), heart.stop()]);
    await finish();
    await reporter.stop(GOODBYE_MS);
    logs.stop();
    api.close();
    door?.close();
    ownDoor.close();
    self.identity?.stop();
  }
}

async function requireIsolation(driver: RuntimeDriver): Promise<IsolationFacts> {
  const facts = await driver.fingerprint();
  if (process.getuid?.() !== 0 || hasMinimumIsolation(facts)) return facts;
  throw new IsolationMissing(
    `As root the agent starts only where instances can be isolated. ${facts.missing.join(" ")} Mend that, or run the platform as an ordinary user.`,
  );
}
