import { GatewayEvent } from "@bastide/contracts";
import type { Context } from "../command-line/context.ts";
import { ControlConnection } from "./control-connection.ts";
import type { SocketOptions } from "./locate-socket.ts";

/** `bastide gateway events`: one line each. */
export async function showEvents(options: SocketOptions, context: Context): Promise<number> {
  using connection = await ControlConnection.open(options, context);
  await connection.ask({ command: "events" });
  for (;;) {
    const line = await connection.next();
    if (line === undefined) return 0;
    const event = GatewayEvent.parse(JSON.parse(line));
    context.output.answer(event, () => textOf(event));
  }
}

function textOf({ time, type, ...facts }: GatewayEvent): string {
  const more = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [time, type, ...more].join(" ");
}
