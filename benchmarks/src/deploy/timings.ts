import { Agent, get } from "node:http";
import { type Platform, until } from "@bastide/e2e";
import type { SampleApp } from "./sample-app.ts";

/** How often the gateway is asked; a figure is at most this much too large. More often would slow what is measured. */
const ASK_EVERY_MS = 15;
const connection = new Agent({ keepAlive: true, maxSockets: 1 });

/** The stamp on the present answer; undefined while there is none. */
function stampServed(platform: Platform, app: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({
      host: "127.0.0.1",
      port: platform.port,
      headers: { host: `${app}.localhost` },
      agent: connection,
      timeout: 5_000,
    });
    request.once("error", () => resolve(undefined));
    request.once("response", (response) => {
      response.resume();
      const stamp = response.headers["x-stamp"];
      response.once("close", () => resolve(typeof stamp === "string" ? stamp : undefined));
    });
  });
}

/** Milliseconds from calling the CLI until the gateway answers from the release that carries `stamp`. */
async function servedAfter(
  platform: Platform,
  app: string,
  stamp: string,
  args: readonly string[],
): Promise<number> {
  const startedAt = performance.now();
  const command = platform.cli(args);
  const served = until(
    `${app} serving ${stamp}`,
    async () => (await stampServed(platform, app)) === stamp,
    { everyMs: ASK_EVERY_MS, deadlineMs: 60_000 },
  ).then(() => performance.now() - startedAt);
  const [elapsedMs, result] = await Promise.all([served, command]);
  if (result.code !== 0) throw new Error(`${args.join(" ")} failed:\n${result.stderr}`);
  return elapsedMs;
}

let releases = 0;

export async function redeployMs(
  platform: Platform,
  app: SampleApp,
  ...options: readonly string[]
): Promise<number> {
  releases += 1;
  const stamp = `r${releases}`;
  await app.stamp(stamp);
  return servedAfter(platform, app.app, stamp, ["deploy", app.path, "--app", app.app, ...options]);
}

/** Rolls back to the release before; `stamp` is what that one answers with. */
export function rollbackMs(platform: Platform, app: SampleApp, stamp: string): Promise<number> {
  return servedAfter(platform, app.app, stamp, ["rollback", "--app", app.app]);
}

export const lastStamp = (back = 0): string => `r${releases - back}`;
