import { GatewayEvent } from "@bastide/contracts";
import type { Context } from "../command-line/context.ts";
import { ofNode } from "./by-node.ts";
import { ControlConnection } from "./control-connection.ts";
import { type FoundGateway, type GatewayOptions, locateGateways } from "./locate-gateways.ts";

/** `bastide gateway events`: one line each, of every gateway that is meant, until all of them have ended. */
export async function showEvents(options: GatewayOptions, context: Context): Promise<number> {
  const found = locateGateways(options, context);
  await Promise.all(found.map((gateway) => follow(gateway, context)));
  return 0;
}

async function follow(gateway: FoundGateway, context: Context): Promise<void> {
  using connection = await ControlConnection.open(gateway, context);
  await connection.ask({ command: "events" });
  for (;;) {
    const line = await connection.next();
    if (line === undefined) return;
    const event = ofNode(gateway.node, GatewayEvent.parse(JSON.parse(line)));
    context.output.answer(event, () => textOf(event));
  }
}

function textOf({ time, type, ...facts }: GatewayEvent): string {
  const more = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [time, type, ...more].join(" ");
}
