import { endpoints } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { targetOf, titleOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { checkText } from "./show-domains.ts";

type TargetOptions = Options<typeof TARGET_OPTIONS>;

/** The DNS servers are asked while the caller waits: each may take some seconds. */
const DEADLINE_MS = 30_000;

/** `bastide domain add`. */
export async function addDomain(
  [domain = ""]: readonly string[],
  options: TargetOptions,
  context: Context,
): Promise<number> {
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const added = await client.call(endpoints.domains.add, {
    parameters: target,
    body: { domain },
    signal: within(context.signal, DEADLINE_MS),
  });
  context.output.answer(
    added,
    () => `${added.domain} leads to ${titleOf(target)}\n\n${checkText(added)}`,
  );
  return 0;
}

/** `bastide domain check`: its exit code says whether all is well, for scripts that wait for it. */
export async function checkDomain(
  [domain = ""]: readonly string[],
  options: TargetOptions,
  context: Context,
): Promise<number> {
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const checked = await client.call(endpoints.domains.check, {
    parameters: { ...target, domain },
    signal: within(context.signal, DEADLINE_MS),
  });
  context.output.answer(checked, () => checkText(checked));
  return checked.check.ok ? 0 : exitCodeOf("unhealthy");
}

/** `bastide domain remove`. */
export async function removeDomain(
  [domain = ""]: readonly string[],
  options: TargetOptions,
  context: Context,
): Promise<number> {
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  await client.call(endpoints.domains.remove, {
    parameters: { ...target, domain },
    signal: within(context.signal),
  });
  context.output.answer(
    { removed: domain },
    () => `${domain} leads to ${titleOf(target)} no longer; its DNS records are yours to remove`,
  );
  return 0;
}
