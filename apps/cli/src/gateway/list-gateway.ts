import { GatewayRoute, GatewayUpstream, GatewayWorker } from "@bastide/contracts";
import { z } from "zod";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { columns } from "../output/columns.ts";
import { byNode, ofNode } from "./by-node.ts";
import { askGateways } from "./control-connection.ts";
import type { GatewayOptions } from "./locate-gateways.ts";

type Rows = readonly (readonly string[])[];
type What = "routes" | "upstreams" | "workers";

const TABLES: Readonly<Record<What, (result: unknown) => Rows>> = {
  routes: (result) => routeRows(z.array(GatewayRoute).parse(result)),
  upstreams: (result) => upstreamRows(z.array(GatewayUpstream).parse(result)),
  workers: (result) => workerRows(z.array(GatewayWorker).parse(result)),
};

const isWhat = (text: string): text is What => Object.hasOwn(TABLES, text);

/** `bastide gateway list`. */
export async function listGateway(
  what: string | undefined,
  options: GatewayOptions,
  context: Context,
): Promise<number> {
  const asked = what ?? "routes";
  if (!isWhat(asked))
    throw new Failure("usage", `there is no list of ${asked}`, {
      fix: "one of routes, upstreams, workers",
    });
  const answers = await askGateways({ command: "list", what: asked }, options, context);
  const all = answers.map(({ node, result }) => ofNode(node, { [asked]: result }));
  context.output.answer({ gateways: all }, () =>
    byNode(answers.map(({ node, result }) => ({ node, text: columns(TABLES[asked](result)) }))),
  );
  return 0;
}

const routeRows = (routes: readonly GatewayRoute[]): Rows => [
  ["ROUTE", "SOURCE", "OWNER", "UPSTREAMS"],
  ...routes.map(({ key, source, route }) => [
    key.replace(/^route\//, ""),
    source,
    route.owner,
    route.upstreams.map(({ host, port, weight }) => `${host}:${port}*${weight}`).join(" ") ||
      `none (${route.whenEmpty})`,
  ]),
];

const upstreamRows = (upstreams: readonly GatewayUpstream[]): Rows => [
  ["INSTANCE", "ADDRESS", "STATE", "WEIGHT", "IN FLIGHT", "ROUTES"],
  ...upstreams.map(({ instance, host, port, weight, inFlight, routes, ...state }) => [
    instance,
    `${host}:${port}`,
    state.drained ? "drained" : state.aside ? "aside" : "well",
    String(weight),
    String(inFlight),
    routes.map((key) => key.replace(/^route\//, "")).join(" "),
  ]),
];

export const workerRows = (workers: readonly GatewayWorker[]): Rows => [
  ["WORKER", "PID", "STATE", "SINCE", "CONNECTIONS", "IN FLIGHT"],
  ...workers.map(({ number, pid, state, startedAt, connections, inFlight }) => [
    String(number),
    String(pid),
    state,
    startedAt,
    String(connections),
    String(inFlight),
  ]),
];
