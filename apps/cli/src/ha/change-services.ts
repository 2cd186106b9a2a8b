import { endpoints, type HaStatus } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { typedName } from "../command-line/typed-name.ts";
import { wantedText } from "./show-services.ts";

const { ha } = endpoints;
type Verb = typeof ha.start | typeof ha.stop | typeof ha.purge | typeof ha.freeze | typeof ha.thaw;

/** `bastide ha start`, and the others: each returns when it is on record and the nodes are told. */
export const startService = (name: string, context: Context): Promise<number> =>
  change(ha.start, name, context);

export const stopService = (name: string, context: Context): Promise<number> =>
  change(ha.stop, name, context);

export const freezeService = (name: string, context: Context): Promise<number> =>
  change(ha.freeze, name, context);

export const thawService = (name: string, context: Context): Promise<number> =>
  change(ha.thaw, name, context);

/** Once its name was typed: what it left is gone for good. */
export async function purgeService(
  name: string,
  { yes }: { readonly yes: boolean },
  context: Context,
): Promise<number> {
  if (!yes)
    await typedName(name, context, {
      question: `This stops ${name} on every node and removes all that it left there. Type its name: `,
      refusal: `${name} was not purged: its name was not typed`,
      command: `bastide ha purge ${name} --yes`,
    });
  return change(ha.purge, name, context);
}

export async function switchService(name: string, node: string, context: Context): Promise<number> {
  const { client } = await connect(context);
  const call = { parameters: { service: name }, body: { node }, signal: within(context.signal) };
  return tell(await client.call(ha.switch, call), context);
}

async function change(verb: Verb, name: string, context: Context): Promise<number> {
  const { client } = await connect(context);
  const call = { parameters: { service: name }, signal: within(context.signal) };
  return tell(await client.call(verb, call), context);
}

function tell(status: HaStatus, { output }: Context): number {
  output.answer(
    status,
    () => `${status.name}: wanted ${wantedText(status.desired)}; look with: bastide ha status`,
  );
  if (status.note !== undefined) output.note(status.note);
  return 0;
}
