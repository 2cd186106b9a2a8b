import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { ask, Backends, freePort, TaggedLoad, until } from "@bastide/e2e";
import { peer } from "./peers.ts";

const run = promisify(execFile);
const EVERY_MS = 500;

/** The same load on nginx, which takes a change by reloading its configuration. */
export async function nginxReloadFailures(
  requestsPerSecond: number,
  seconds: number,
): Promise<{ failures: number; reloads: number }> {
  const nginx = await peer("nginx", "nginx-light");
  await using backends = await Backends.start(1);
  const directory = await mkdtemp(join(tmpdir(), "bastide-bench-nginx-"));
  const port = await freePort();
  const file = join(directory, "nginx.conf");
  await writeFile(file, configuration(directory, port, backends.ports[0] ?? 0));
  const child = spawn(nginx, ["-c", file, "-g", "daemon off;"], { stdio: "ignore" });
  try {
    await until("nginx answers", async () =>
      ask({ port }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    const only = () => 0;
    const load = new TaggedLoad({
      port,
      host: "hot.localhost",
      requestsPerSecond,
      acknowledged: only,
      begun: only,
      backendOf: only,
    });
    let reloads = 0;
    for (const begin = performance.now(); performance.now() - begin < seconds * 1000; reloads++) {
      await run(nginx, ["-c", file, "-s", "reload"]);
      await delay(EVERY_MS);
    }
    const { failures } = await load.stop();
    return { failures: failures.length, reloads };
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
    await rm(directory, { recursive: true });
  }
}

const configuration = (directory: string, port: number, backend: number): string => `
worker_processes 1;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi; uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  upstream app { server 127.0.0.1:${backend}; keepalive 32; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
