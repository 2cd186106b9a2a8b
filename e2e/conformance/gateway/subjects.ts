import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateKey, routeKey } from "@bastide/contracts";
import {
  freePort,
  GatewayControlPlane,
  GatewayProcess,
  instanceId,
  Nginx,
} from "../../src/index.ts";
import { DIALLED_HOST, HOST } from "./case.ts";
import { selfSigned } from "./self-signed.ts";

/** A proxy in front of the recording app. */
export interface Subject extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly securePort: number;
  /** Of a program that is not ours. */
  readonly version?: string;
}

/** How long clients may be silent, in seconds. */
const HASTY = 2;

export interface SubjectOptions {
  readonly appPort: number;
  readonly patienceSeconds?: number;
  /** The folder of another built gateway than the one of this installation. */
  readonly bundle?: string;
}

/** The built gateway, with one app behind it and a certificate. */
export async function startGateway({
  appPort,
  patienceSeconds = HASTY,
  bundle,
}: SubjectOptions): Promise<Subject> {
  await using stack = new AsyncDisposableStack();
  const control = stack.use(await new GatewayControlPlane().start());
  const gateway = stack.use(await GatewayProcess.make(bundle));
  const securePort = await freePort();
  await gateway.start(control.url, {
    BASTIDE_HTTPS_PORT: String(securePort),
    BASTIDE_WORKERS: "1",
    BASTIDE_HEADERS_TIMEOUT_MS: String(patienceSeconds * 1000),
    BASTIDE_IDLE_TIMEOUT_MS: String(patienceSeconds * 1000),
    BASTIDE_LOG_SAMPLE: "0",
  });
  const upstream = { instance: instanceId(1), host: "127.0.0.1", port: appPort, weight: 100 };
  const route = (host: string) => ({
    host,
    path: "/",
    owner: "conformance",
    upstreams: [upstream],
    whenEmpty: "starting" as const,
    settings: { https: "allow" as const },
  });
  const certificate = await selfSigned(HOST, DIALLED_HOST);
  await control.put([
    ...[HOST, DIALLED_HOST].map((host): [string, ReturnType<typeof route>] => [
      routeKey(route(host)),
      route(host),
    ]),
    [certificateKey(certificate), certificate],
  ]);
  const whole = stack.move();
  return {
    name: "gateway",
    port: gateway.port,
    securePort,
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

/** nginx, to compare with; undefined where it is not and cannot be installed. */
export async function startNginx(options: SubjectOptions): Promise<Subject | undefined> {
  const [port, securePort] = [await freePort(), await freePort()];
  const directory = await mkdtemp(join(tmpdir(), "bastide-nginx-certificate-"));
  const files = { chain: join(directory, "chain.pem"), key: join(directory, "key.pem") };
  const { chain, key } = await selfSigned(HOST, DIALLED_HOST);
  await writeFile(files.chain, chain);
  await writeFile(files.key, key, { mode: 0o600 });
  const nginx = await Nginx.start(
    configuration(files, { port, securePort, ...options }),
    port,
  ).catch(() => undefined);
  await rm(directory, { recursive: true });
  return (
    nginx && {
      name: "nginx",
      port,
      securePort,
      version: nginx.version,
      [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose](),
    }
  );
}

interface Settings extends SubjectOptions {
  readonly port: number;
  readonly securePort: number;
}

const configuration = (
  { chain, key }: { readonly chain: string; readonly key: string },
  { port, securePort, appPort, patienceSeconds = HASTY }: Settings,
): string => `
  client_header_timeout ${patienceSeconds}s; client_body_timeout ${patienceSeconds}s;
  upstream app { server 127.0.0.1:${appPort}; keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${securePort} ssl http2;
    server_name ${HOST} ${DIALLED_HOST};
    ssl_certificate ${chain};
    ssl_certificate_key ${key};
    location / {
      proxy_pass http://app; proxy_http_version 1.1;
      proxy_set_header Host $host; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }`;
