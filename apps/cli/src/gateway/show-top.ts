import { GatewayMetrics, GatewayStatus } from "@bastide/contracts";
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "../command-line/context.ts";
import { columns } from "../output/columns.ts";
import { busyRoutes, type BusyRoute } from "./busy-routes.ts";
import { ofNode } from "./by-node.ts";
import { ControlConnection } from "./control-connection.ts";
import { type GatewayOptions, locateGateways } from "./locate-gateways.ts";

/** From the top left corner, over what is there. */
const REDRAW = "\u001B[H\u001B[J";
const MOST_ROUTES = 30;

interface Moment {
  readonly node: string | undefined;
  readonly metrics: GatewayMetrics;
  readonly status: GatewayStatus;
  readonly atMs: number;
}

interface Connected {
  readonly node: string | undefined;
  readonly connection: ControlConnection;
}

/** What one gateway does now. */
interface Busy extends Moment {
  readonly routes: readonly BusyRoute[];
}

/** `bastide gateway top`: at a terminal until Ctrl-C, else once; of every gateway that is meant. */
export async function showTop(
  options: GatewayOptions & { readonly every: number | undefined },
  context: Context,
): Promise<number> {
  const { output, signal } = context;
  const isLive = output.interactive && !output.json;
  using stack = new DisposableStack();
  const all: Connected[] = [];
  for (const found of locateGateways(options, context)) {
    const connection = stack.use(await ControlConnection.open(found, context));
    all.push({ node: found.node, connection });
  }
  let before = await momentsOf(all);
  for (;;) {
    await delay((options.every ?? 1) * 1000, undefined, { signal });
    const now = await momentsOf(all);
    const busy = now.map((moment, at) => busySince(before[at] ?? moment, moment));
    const document = { gateways: busy.map((one) => ofNode(one.node, documentOf(one))) };
    output.answer(document, () => `${isLive ? REDRAW : ""}${textOf(busy)}`);
    if (!isLive) return 0;
    before = now;
  }
}

const momentsOf = (all: readonly Connected[]): Promise<Moment[]> =>
  Promise.all(all.map((one) => momentOf(one)));

async function momentOf({ node, connection }: Connected): Promise<Moment> {
  const metrics = GatewayMetrics.parse(
    await connection.ask({ command: "metrics", format: "json" }),
  );
  const status = GatewayStatus.parse(await connection.ask({ command: "status" }));
  return { node, metrics, status, atMs: performance.now() };
}

const busySince = (before: Moment, now: Moment): Busy => ({
  ...now,
  routes: busyRoutes(before.metrics, now.metrics, (now.atMs - before.atMs) / 1000),
});

const documentOf = ({ metrics, status, routes }: Busy) => ({
  routes,
  gauges: metrics.gauges,
  workers: status.workers,
});

function textOf(all: readonly Busy[]): string {
  const rows = all
    .flatMap(({ node, routes }) => routes.map((route) => ({ node: node ?? "", ...route })))
    .toSorted((a, b) => b.perSecond - a.perSecond);
  return [
    ...all.map(lineOf),
    "",
    columns([
      ["NODE", "ROUTE", "REQUESTS/S", "5XX", "P50", "P99"],
      ...rows
        .slice(0, MOST_ROUTES)
        .map(({ node, name, perSecond, errors, p50Ms, p99Ms }) => [
          node,
          name,
          perSecond.toFixed(1),
          `${(errors * 100).toFixed(1)} %`,
          latency(p50Ms, perSecond),
          latency(p99Ms, perSecond),
        ]),
    ]),
  ].join("\n");
}

function lineOf({ node, metrics, status, routes }: Busy): string {
  const {
    inFlight = 0,
    clientConnections = 0,
    upstreamActive = 0,
    upstreamsAside = 0,
  } = metrics.gauges;
  const total = routes.reduce((sum, { perSecond }) => sum + perSecond, 0);
  const serving = status.workers.filter(({ state }) => state === "serving").length;
  const where = node === undefined ? "" : `${node}: `;
  return `${where}${total.toFixed(1)} requests/s, ${inFlight} under way, ${clientConnections} clients, ${upstreamActive} connections to upstreams, ${upstreamsAside} addresses aside, ${serving} workers`;
}

function latency(ms: number | undefined, perSecond: number): string {
  if (perSecond === 0) return "";
  return ms === undefined ? "longer" : `≤ ${ms} ms`;
}
