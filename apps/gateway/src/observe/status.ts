import { isLoopbackLiteral } from "../table/host.ts";

/** Paths that the gateway answers itself, where no app can be: on a literal loopback address, to this machine only. */
const HEALTH = "/.bastide/health";
const METRICS = "/.bastide/metrics";

interface Asked {
  readonly host: string;
  readonly path: string;
}

export interface StatusAnswer {
  readonly contentType: string;
  readonly body: string;
}

/** Whether the request is about the gateway. `remoteAddress` is the client's end of the connection, not a header. */
export function isForStatus({ host, path }: Asked, remoteAddress: string | undefined): boolean {
  return (
    (path === HEALTH || path === METRICS) &&
    isLoopbackLiteral(host) &&
    /^(?:::ffff:)?127\.|^::1$/.test(remoteAddress ?? "")
  );
}

export function statusAnswer(
  path: string,
  health: () => Readonly<Record<string, unknown>>,
  metrics: () => string,
): StatusAnswer {
  return path === METRICS
    ? { contentType: "text/plain; version=0.0.4; charset=utf-8", body: metrics() }
    : { contentType: "application/json", body: `${JSON.stringify(health())}\n` };
}
