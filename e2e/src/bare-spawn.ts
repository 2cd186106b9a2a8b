import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, INSTALLATION } from "./platform.ts";
import { until } from "./until.ts";

/** Milliseconds from spawning an app, with nothing around it, until it accepts a connection: the floor of any deploy. */
export async function bareSpawnMs(directory: string): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(join(INSTALLATION, "node_modules/.bin/node"), ["server.js"], {
    cwd: directory,
    stdio: "ignore",
    env: { PORT: String(port), HOST: "127.0.0.1", NODE_ENV: "production" },
  });
  await until("the app listening", () => accepts(port), { everyMs: 2 });
  const elapsedMs = performance.now() - startedAt;
  child.kill("SIGKILL");
  await once(child, "close");
  return elapsedMs;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
