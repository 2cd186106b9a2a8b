import { endpoints } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { targetOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { finish } from "./finish.ts";

type ScaleOptions = Options<typeof TARGET_OPTIONS> & { readonly wait: boolean };

/** `bastide scale web=2`. */
export async function scaleApp(
  words: readonly string[],
  options: ScaleOptions,
  context: Context,
): Promise<number> {
  const body = parseFormation(words);
  const target = await targetOf(options, context);
  const connection = await connect(context);
  const deployment = await connection.client.call(endpoints.deployments.scale, {
    parameters: target,
    body,
    signal: within(context.signal),
  });
  return finish(deployment, target, { connection, context, wait: options.wait });
}

/** `web=2 worker=0`. */
export function parseFormation(words: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    words.map((word) => {
      const [, process, count] = /^([a-z][a-z0-9-]{0,39})=(\d{1,3})$/.exec(word) ?? [];
      if (process !== undefined && Number(count) <= 100) return [process, Number(count)];
      throw new Failure("usage", `"${word}" is not process=count with a count from 0 to 100`, {
        fix: "for instance: bastide scale web=2",
      });
    }),
  );
}
