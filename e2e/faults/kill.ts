import { type Platform, processes } from "../src/index.ts";

export type Brick = "orchestrator" | "agent" | "gateway";

/** kill -9 of one instance of an app, by the process id that the platform itself shows. */
export async function killInstance(platform: Platform, app: string): Promise<void> {
  const { items } = await platform.json<{ items: { observed?: { pid?: number } }[] }>([
    "ps",
    "--app",
    app,
  ]);
  const pid = items.find(({ observed }) => observed?.pid !== undefined)?.observed?.pid;
  if (pid === undefined) throw new Error(`no instance of ${app} has a process id`);
  process.kill(pid, "SIGKILL");
}

/** kill -9 of the process that runs a brick of this platform. */
export async function killBrick(platform: Platform, brick: Brick): Promise<void> {
  const running = (await processes()).filter(({ name, commandLine }) =>
    name === "bwrap"
      ? false
      : new RegExp(`node\\S* .*apps/${brick}/dist/main\\.js`).test(commandLine),
  );
  if (running.length !== 1)
    throw new Error(
      `expected one ${brick} of the platform at ${platform.home}, found ${running.length}`,
    );
  for (const { pid } of running) process.kill(pid, "SIGKILL");
}
