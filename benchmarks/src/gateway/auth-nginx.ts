import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, freePort, until } from "@bastide/e2e";
import { peer } from "./peers.ts";

export interface Nginx extends AsyncDisposable {
  readonly pid: number;
  /** Passes requests on as they are. */
  readonly port: number;
  /** Asks another server about each request first. */
  readonly authPort: number;
}

/** nginx with and without `auth_request`, whose answers come from nginx itself: its cheapest case. */
export async function startNginx(backend: number): Promise<Nginx> {
  const program = await peer("nginx", "nginx-light");
  const directory = await mkdtemp(join(tmpdir(), "bastide-bench-nginx-"));
  const [port, authPort, askPort] = [await freePort(), await freePort(), await freePort()];
  const file = join(directory, "nginx.conf");
  await writeFile(file, configuration(directory, { port, authPort, askPort, backend }));
  const child = spawn(program, ["-c", file, "-g", "daemon off;"], { stdio: "ignore" });
  await until("nginx answers", async () =>
    ask({ port: authPort }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  const close = async (): Promise<void> => {
    child.kill("SIGTERM");
    await once(child, "exit");
    await rm(directory, { recursive: true });
  };
  return { pid: child.pid ?? 0, port, authPort, [Symbol.asyncDispose]: close };
}

interface Ports {
  readonly port: number;
  readonly authPort: number;
  readonly askPort: number;
  readonly backend: number;
}

/** Without `Connection ""` in the second location too, each question would cost a connection. */
const configuration = (directory: string, { port, authPort, askPort, backend }: Ports): string => `
worker_processes 1;
pid ${directory}/pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi; uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  upstream app { server 127.0.0.1:${backend}; keepalive 32; }
  upstream asked { server 127.0.0.1:${askPort}; keepalive 32; }
  server { listen 127.0.0.1:${askPort}; location / { return 204; } }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
  server {
    listen 127.0.0.1:${authPort};
    location / { auth_request /ask; proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location = /ask {
      internal; proxy_pass http://asked; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_pass_request_body off; proxy_set_header Content-Length "";
    }
  }
}
`;
