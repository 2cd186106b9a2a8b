import { endpoints } from "@bastide/contracts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { typedName } from "../command-line/typed-name.ts";
import { during } from "../output/reporter.ts";
import { connect } from "./connection.ts";
import { within } from "./deadline.ts";
import { targetOf } from "./target.ts";
import type { TARGET_OPTIONS } from "./target-options.ts";

type DestroyOptions = Omit<Options<typeof TARGET_OPTIONS>, "env"> & { readonly yes: boolean };

/** The gateways are waited for. */
const DESTROY_TIMEOUT_MS = 120_000;

/** `bastide destroy`: all environments of the app, once its name was typed. */
export async function destroyApp(options: DestroyOptions, context: Context): Promise<number> {
  const { output } = context;
  const target = await targetOf({ ...options, env: undefined }, context);
  const { client } = await connect(context);
  const app = await client.call(endpoints.apps.get, {
    parameters: target,
    signal: within(context.signal),
  });
  if (!options.yes) {
    const environments = app.environments.map((one) => one.environment);
    const where = environments.length === 0 ? "" : ` (${environments.join(", ")})`;
    await typedName(app.name, context, {
      question: `This deletes ${app.name}${where} with all its releases. Type its name: `,
      refusal: `${app.name} was not destroyed: its name was not typed`,
      command: `bastide destroy --app ${app.name} --yes`,
    });
  }
  const { inForce } = await during(output.progress, `destroying ${app.name}`, () =>
    client.call(endpoints.apps.delete, {
      parameters: target,
      signal: within(context.signal, DESTROY_TIMEOUT_MS),
    }),
  );
  output.answer({ destroyed: app.name, inForce }, () =>
    inForce
      ? `${app.name} is gone, and its name is free`
      : `${app.name} is deleted, and its name is free; not every gateway has confirmed it yet, and one that has not may still lead to it`,
  );
  return 0;
}
