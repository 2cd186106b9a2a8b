import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  isRunning,
  type Platform,
  type ProcessInfo,
  processes,
  treeOf,
  until,
} from "../src/index.ts";

export type Brick = "orchestrator" | "agent" | "gateway";

/** kill -9 of one instance of an app, by the process id that the platform itself shows. */
export async function killInstance(platform: Platform, app: string): Promise<void> {
  const { instances } = await platform.json<{ instances: { observed?: { pid?: number } }[] }>([
    "ps",
    "--app",
    app,
  ]);
  const pid = instances.find(({ observed }) => observed?.pid !== undefined)?.observed?.pid;
  if (pid === undefined) throw new Error(`no instance of ${app} has a process id`);
  process.kill(pid, "SIGKILL");
}

/** kill -9 of the process that runs a brick of this platform, and of no other on this machine. */
export async function killBrick(platform: Platform, brick: Brick): Promise<void> {
  const running = await processesOf(platform, brick);
  if (running.length !== 1)
    throw new Error(`expected one ${brick} of ${platform.home}, found ${running.length}`);
  for (const { pid } of running) process.kill(pid, "SIGKILL");
  await until(`the end of the ${brick}`, () => running.every(({ pid }) => !isRunning(pid)));
}

/** Whether a process of this brick runs. */
export async function hasBrick(platform: Platform, brick: Brick): Promise<boolean> {
  return (await processesOf(platform, brick)).length > 0;
}

async function processesOf(platform: Platform, brick: Brick): Promise<readonly ProcessInfo[]> {
  const program = new RegExp(`apps/${brick}/(dist|bundle)/main\\.js`);
  const found = brick === "gateway" ? await gateways(platform) : await supervised(platform, brick);
  return found.filter(({ name, commandLine }) => name !== "bwrap" && program.test(commandLine));
}

/** What runs below the process that the supervisor recorded. */
async function supervised(platform: Platform, brick: Brick): Promise<readonly ProcessInfo[]> {
  const recorded = await readFile(join(platform.home, `run/${brick}.pid`), "utf8");
  return treeOf(Number.parseInt(recorded, 10));
}

/** The gateway may have outlived the agent that started it; its port tells whose it is. */
async function gateways(platform: Platform): Promise<readonly ProcessInfo[]> {
  const all = await processes();
  const mine = await Promise.all(
    all.map(async ({ pid }) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return environment.split("\0").includes(`PORT=${platform.port}`);
    }),
  );
  return all.filter((_, i) => mine[i]);
}
