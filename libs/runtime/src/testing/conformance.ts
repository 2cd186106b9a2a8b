import { afterAll, afterEach, beforeAll, describe } from "vitest";
import type { RunHandle, RuntimeDriver, RunSpec } from "../driver.ts";
import { adoptionRules } from "./adoption-rules.ts";
import { commandRules } from "./command-rules.ts";
import { endRules } from "./end-rules.ts";
import { startRules } from "./start-rules.ts";
import { Workspace } from "./workspace.ts";

/** Makes a driver as another process would: with no memory of what earlier ones started. */
export type MakeDriver = () => RuntimeDriver | Promise<RuntimeDriver>;

/** What the rules of the suite are given. */
export class ConformanceBench {
  readonly #makeDriver: MakeDriver;
  readonly #started: RunHandle[] = [];
  #driver: RuntimeDriver | undefined;
  #workspace: Workspace | undefined;

  constructor(makeDriver: MakeDriver) {
    this.#makeDriver = makeDriver;
  }

  get workspace(): Workspace {
    this.#workspace ??= new Workspace();
    return this.#workspace;
  }

  async driver(): Promise<RuntimeDriver> {
    this.#driver ??= await this.#makeDriver();
    return this.#driver;
  }

  /** A driver that did not start anything yet. */
  async anotherDriver(): Promise<RuntimeDriver> {
    return this.#makeDriver();
  }

  /** Starts a run that will be stopped and released after the test. */
  async start(spec: RunSpec): Promise<RunHandle> {
    const handle = await (await this.driver()).start(spec);
    this.#started.push(handle);
    return handle;
  }

  async stopAll(): Promise<void> {
    const driver = await this.driver();
    for (const handle of this.#started.splice(0)) {
      await driver.stop(handle, 0);
      await driver.release(handle);
    }
  }

  remove(): void {
    this.#workspace?.remove();
  }
}

/**
 * The contract of RuntimeDriver as tests: every driver runs it. As root the runs have the uid TEST_UID, else this
 * process's own. The driver must be able to run Debian's base commands with `/app` and `/data` mounted.
 */
export function runtimeConformance(makeDriver: MakeDriver): void {
  describe("runtime driver contract", () => {
    const bench = new ConformanceBench(makeDriver);
    beforeAll(async () => {
      await bench.driver();
    });
    afterEach(() => bench.stopAll());
    afterAll(() => bench.remove());
    startRules(bench);
    endRules(bench);
    adoptionRules(bench);
    commandRules(bench);
  });
}
