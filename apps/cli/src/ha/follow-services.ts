import { endpoints, HaEvent } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import type { Context } from "../command-line/context.ts";

/** `bastide ha events`: one line each, until it is interrupted or the control plane goes away. */
export async function followServices(context: Context): Promise<number> {
  const { client } = await connect(context);
  const { signal } = context;
  for await (const event of client.events(endpoints.ha.events, HaEvent, { signal }))
    context.output.answer(event, () => eventText(event));
  return 0;
}

export const eventText = ({ at, service, node, what, epoch }: HaEvent): string =>
  [
    at,
    service,
    what,
    ...(node === undefined ? [] : [`on ${node}`]),
    ...(epoch === undefined ? [] : [`under epoch ${epoch}`]),
  ].join(" ");
