import { GatewayMetrics, GatewayStatus } from "@bastide/contracts";
import { z } from "zod";
import type { Context } from "../command-line/context.ts";
import { columns } from "../output/columns.ts";
import { byNode, ofNode } from "./by-node.ts";
import { askGateways } from "./control-connection.ts";
import { workerRows } from "./list-gateway.ts";
import type { GatewayOptions } from "./locate-gateways.ts";
import { mergedMetrics } from "./merged-metrics.ts";

/** `bastide gateway status`. */
export async function showGateway(options: GatewayOptions, context: Context): Promise<number> {
  const answers = await askGateways({ command: "status" }, options, context);
  const all = answers.map(({ node, result }) => ofNode(node, GatewayStatus.parse(result)));
  context.output.answer({ gateways: all }, () =>
    byNode(all.map((status) => ({ node: status.node, text: textOf(status) }))),
  );
  return 0;
}

function textOf(status: GatewayStatus): string {
  const { pid, program, programOnDisk, startedAt, table } = status;
  const upgrade =
    program === programOnDisk ? "" : `; ${programOnDisk} is installed: bastide gateway upgrade`;
  const control = status.controlConnected
    ? "connected"
    : "not connected; serving the last known good table";
  return [
    `program ${program}, process ${pid}, since ${startedAt}${upgrade}`,
    `listens on ${status.listeners.map(({ kind, host, port }) => `${host} port ${port} (${kind})`).join(", ")}`,
    `control plane ${control}`,
    `${status.routes} routes of ${status.hosts} hosts${table ? `, table ${table.epoch}.${table.sequence}` : ""}`,
    ...(status.draining ? ["draining: clients are asked to go elsewhere"] : []),
    "",
    columns(workerRows(status.workers)),
  ].join("\n");
}

/** `bastide gateway metrics`: in Prometheus' format each figure says the node that it is of. */
export async function showMetrics(options: GatewayOptions, context: Context): Promise<number> {
  const { output } = context;
  if (output.json) {
    const answers = await askGateways({ command: "metrics", format: "json" }, options, context);
    const all = answers.map(({ node, result }) => ofNode(node, GatewayMetrics.parse(result)));
    output.answer({ gateways: all }, () => "");
    return 0;
  }
  const answers = await askGateways({ command: "metrics", format: "prometheus" }, options, context);
  const texts = answers.map(({ node, result }) => ({ node, text: z.string().parse(result) }));
  output.answer({}, () => mergedMetrics(texts).trimEnd());
  return 0;
}
