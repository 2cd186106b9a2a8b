import { lstat } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { BuildSandbox, type SandboxCommand } from "@bastide/builder";
import type { ExitStatus, Mount, RunLimits, RuntimeDriver } from "@bastide/runtime";
import { giveTree } from "../disk/copy-tree.ts";
import { followFile } from "../logs/follow-file.ts";

export interface DriverBuildSandboxOptions {
  readonly driver: RuntimeDriver;
  /** Names the run; commands of one build come one after the other. */
  readonly id: string;
  /** The build's own, outside what its commands see. */
  readonly directory: string;
  /** The project's user for builds; absent where the agent isn't root. */
  readonly uid: number | undefined;
  readonly tools: readonly Mount[];
  readonly limits: RunLimits;
}

/** Runs a build's commands through the node's runtime driver: the sandbox of instances, with limits of its own. */
export class DriverBuildSandbox extends BuildSandbox {
  readonly #options: DriverBuildSandboxOptions;
  #count = 0;

  constructor(options: DriverBuildSandboxOptions) {
    super();
    this.#options = options;
  }

  override async run(command: SandboxCommand): Promise<number> {
    const { driver, id, directory, uid, tools, limits } = this.#options;
    await this.#giveAway(command);
    this.#count += 1;
    const log = join(directory, `command-${this.#count}.log`);
    const ended = new AbortController();
    const following = follow(log, command.log, ended.signal);
    try {
      const exit = await driver.runOnce(
        {
          id,
          command: command.command,
          environment: command.environment,
          workingDirectory: "/build",
          mounts: [
            { source: command.directory, target: "/build", writable: true },
            { source: command.cacheDirectory, target: "/cache", writable: true },
            ...tools,
          ],
          limits,
          stdout: log,
          stderr: log,
          stateDirectory: join(directory, "state"),
          ...(uid === undefined ? {} : { uid }),
        },
        command.signal,
      );
      return exitCodeOf(exit);
    } finally {
      ended.abort();
      await following;
    }
  }

  /** The tree whole, since the builder wrote into it; the cache once, since it is the project's and so is the user. */
  async #giveAway({ directory, cacheDirectory, signal }: SandboxCommand): Promise<void> {
    const { uid } = this.#options;
    if (uid === undefined) return;
    await giveTree(directory, uid, signal);
    if ((await lstat(cacheDirectory)).uid !== uid) await giveTree(cacheDirectory, uid, signal);
  }
}

async function follow(
  path: string,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const { text } of followFile(path, 0, signal)) log(text);
}

function exitCodeOf({ code, signal }: ExitStatus): number {
  if (code !== undefined) return code;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[signal ?? "SIGKILL"] ?? 9);
}
