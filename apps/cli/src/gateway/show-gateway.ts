import { GatewayStatus } from "@bastide/contracts";
import type { Context } from "../command-line/context.ts";
import { columns } from "../output/columns.ts";
import { askGateway } from "./control-connection.ts";
import type { SocketOptions } from "./locate-socket.ts";
import { workerRows } from "./list-gateway.ts";

/** `bastide gateway status`. */
export async function showGateway(options: SocketOptions, context: Context): Promise<number> {
  const status = GatewayStatus.parse(await askGateway({ command: "status" }, options, context));
  context.output.answer(status, () => textOf(status));
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

/** `bastide gateway metrics`. */
export async function showMetrics(options: SocketOptions, context: Context): Promise<number> {
  const format = context.output.json ? "json" : "prometheus";
  const result = await askGateway({ command: "metrics", format }, options, context);
  context.output.answer(result, () => (typeof result === "string" ? result.trimEnd() : ""));
  return 0;
}
