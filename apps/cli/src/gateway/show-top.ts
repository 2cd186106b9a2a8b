import { GatewayMetrics, GatewayStatus } from "@bastide/contracts";
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "../command-line/context.ts";
import { columns } from "../output/columns.ts";
import { busyRoutes, type BusyRoute } from "./busy-routes.ts";
import { ControlConnection } from "./control-connection.ts";
import type { SocketOptions } from "./locate-socket.ts";

/** From the top left corner, over what is there. */
const REDRAW = "\u001B[H\u001B[J";
const MOST_ROUTES = 30;

interface Moment {
  readonly metrics: GatewayMetrics;
  readonly status: GatewayStatus;
  readonly atMs: number;
}

/** `bastide gateway top`: at a terminal until Ctrl-C, else once. */
export async function showTop(
  options: SocketOptions & { readonly every: number | undefined },
  context: Context,
): Promise<number> {
  const { output, signal } = context;
  const isLive = output.interactive && !output.json;
  using connection = await ControlConnection.open(options, context);
  let before = await momentOf(connection);
  for (;;) {
    await delay((options.every ?? 1) * 1000, undefined, { signal });
    const now = await momentOf(connection);
    const routes = busyRoutes(before.metrics, now.metrics, (now.atMs - before.atMs) / 1000);
    output.answer(documentOf(now, routes), () => `${isLive ? REDRAW : ""}${textOf(now, routes)}`);
    if (!isLive) return 0;
    before = now;
  }
}

async function momentOf(connection: ControlConnection): Promise<Moment> {
  const metrics = GatewayMetrics.parse(
    await connection.ask({ command: "metrics", format: "json" }),
  );
  const status = GatewayStatus.parse(await connection.ask({ command: "status" }));
  return { metrics, status, atMs: performance.now() };
}

const documentOf = ({ metrics, status }: Moment, routes: readonly BusyRoute[]) => ({
  routes,
  gauges: metrics.gauges,
  workers: status.workers,
});

function textOf({ metrics, status }: Moment, routes: readonly BusyRoute[]): string {
  const {
    inFlight = 0,
    clientConnections = 0,
    upstreamActive = 0,
    upstreamsAside = 0,
  } = metrics.gauges;
  const total = routes.reduce((sum, { perSecond }) => sum + perSecond, 0);
  const serving = status.workers.filter(({ state }) => state === "serving").length;
  return [
    `${total.toFixed(1)} requests/s, ${inFlight} under way, ${clientConnections} clients, ${upstreamActive} connections to upstreams, ${upstreamsAside} addresses aside, ${serving} workers`,
    "",
    columns([
      ["ROUTE", "REQUESTS/S", "5XX", "P50", "P99"],
      ...routes
        .slice(0, MOST_ROUTES)
        .map(({ name, perSecond, errors, p50Ms, p99Ms }) => [
          name,
          perSecond.toFixed(1),
          `${(errors * 100).toFixed(1)} %`,
          latency(p50Ms, perSecond),
          latency(p99Ms, perSecond),
        ]),
    ]),
  ].join("\n");
}

function latency(ms: number | undefined, perSecond: number): string {
  if (perSecond === 0) return "";
  return ms === undefined ? "longer" : `≤ ${ms} ms`;
}
