import { freePort, Nginx } from "@bastide/e2e";

export interface AuthNginx extends AsyncDisposable {
  readonly pid: number;
  /** Passes requests on as they are. */
  readonly port: number;
  /** Asks another server about each request first. */
  readonly authPort: number;
}

/** nginx with and without `auth_request`, whose answers come from nginx itself: its cheapest case. */
export async function startAuthNginx(backend: number): Promise<AuthNginx> {
  const [port, authPort, askPort] = [await freePort(), await freePort(), await freePort()];
  const nginx = await Nginx.start(configuration({ port, authPort, askPort, backend }), authPort);
  return {
    pid: nginx.pid,
    port,
    authPort,
    [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose](),
  };
}

interface Ports {
  readonly port: number;
  readonly authPort: number;
  readonly askPort: number;
  readonly backend: number;
}

/** Without `Connection ""` in the second location too, each question would cost a connection. */
const configuration = ({ port, authPort, askPort, backend }: Ports): string => `
  keepalive_requests 1000000;
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
  }`;
