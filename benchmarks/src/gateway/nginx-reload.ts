import { setTimeout as delay } from "node:timers/promises";
import { Backends, freePort, Nginx, TaggedLoad } from "@bastide/e2e";

const EVERY_MS = 500;

/** The same load on nginx, which takes a change by reloading its configuration. */
export async function nginxReloadFailures(
  requestsPerSecond: number,
  seconds: number,
): Promise<{ failures: number; reloads: number }> {
  await using backends = await Backends.start(1);
  const port = await freePort();
  await using nginx = await Nginx.start(configuration(port, backends.ports[0] ?? 0), port);
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
    await nginx.reload();
    await delay(EVERY_MS);
  }
  const { failures } = await load.stop();
  return { failures: failures.length, reloads };
}

const configuration = (port: number, backend: number): string => `
  upstream app { server 127.0.0.1:${backend}; keepalive 32; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }`;
