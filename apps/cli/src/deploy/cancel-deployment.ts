import { endpoints, hasEnded, Id } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { targetOf, titleOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";

/** `bastide cancel [deployment]`. */
export async function cancelDeployment(
  id: string | undefined,
  options: Options<typeof TARGET_OPTIONS>,
  context: Context,
): Promise<number> {
  if (id !== undefined && !Id.safeParse(id).success)
    throw new Failure("usage", `"${id}" is not the id of a deployment`, {
      fix: "`bastide ps --json` shows the latest",
    });
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const call = { parameters: target, signal: within(context.signal) };
  const { items } =
    id === undefined
      ? await client.call(endpoints.deployments.list, { ...call, query: { limit: 1 } })
      : { items: [] };
  const latest = items.find((one) => !hasEnded(one.phase))?.id;
  const deployment = id ?? latest;
  if (deployment === undefined)
    throw new Failure("conflict", `no deployment of ${titleOf(target)} is under way`, {
      fix: "`bastide ps` shows its state",
    });
  const cancelled = await client.call(endpoints.deployments.cancel, {
    ...call,
    parameters: { ...target, deployment },
  });
  context.output.answer(
    cancelled,
    () => `deployment ${deployment} is being given up (${cancelled.phase})`,
  );
  return 0;
}
