import { isLoopbackLiteral } from "../table/host.ts";

/** Paths that the gateway answers itself, where no app can be: on a literal loopback address, to this machine only. */
const HEALTH = "/.bastide/health";
const METRICS = "/.bastide/metrics";
/** For apps: the keys that identity headers are signed by (RFC 7517). */
const IDENTITY_KEYS = "/.bastide/identity-keys";
/** For whoever shares requests among gateways: 503 while this one is draining. */
const READY = "/.bastide/ready";

interface Asked {
  readonly host: string;
  readonly path: string;
}

export interface StatusAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Whether the request is about the gateway. `remoteAddress` is the client's end of the connection, not a header. */
export function isForStatus({ host, path }: Asked, remoteAddress: string | undefined): boolean {
  return (
    [HEALTH, METRICS, READY, IDENTITY_KEYS].includes(path) &&
    isLoopbackLiteral(host) &&
    /^(?:::ffff:)?127\.|^::1$/.test(remoteAddress ?? "")
  );
}

export interface StatusSource {
  health(): Readonly<Record<string, unknown>>;
  isDraining(): boolean;
  metrics(): Promise<string>;
  /** A key set, as JSON. */
  identityKeys(): string;
}

export async function statusAnswer(path: string, source: StatusSource): Promise<StatusAnswer> {
  if (path === METRICS)
    return {
      status: 200,
      contentType: "text/plain; version=0.0.4; charset=utf-8",
      body: await source.metrics(),
    };
  if (path === IDENTITY_KEYS)
    return { status: 200, contentType: "application/jwk-set+json", body: source.identityKeys() };
  return {
    status: path === READY && source.isDraining() ? 503 : 200,
    contentType: "application/json",
    body: `${JSON.stringify(source.health())}\n`,
  };
}
