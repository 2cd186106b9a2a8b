import { type ChangeVariables, endpoints } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { readInput } from "../api/read-input.ts";
import { targetOf, titleOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { columns } from "../output/columns.ts";
import { finish } from "./finish.ts";
import { parseAssignments, parseLines } from "./variables.ts";

type TargetOptions = Options<typeof TARGET_OPTIONS>;
type ChangeOptions = TargetOptions & { readonly wait: boolean };
type SetOptions = ChangeOptions & { readonly secret: boolean; readonly stdin: boolean };

/** `bastide env set`. */
export async function setVariables(
  words: readonly string[],
  options: SetOptions,
  context: Context,
): Promise<number> {
  const values = await givenValues(words, options, context);
  const set = Object.fromEntries(
    [...values].map(([name, value]) => [name, { value, secret: options.secret }]),
  );
  return change({ set, unset: [] }, options, context);
}

/** `bastide env unset`. */
export const unsetVariables = (
  names: readonly string[],
  options: ChangeOptions,
  context: Context,
): Promise<number> => change({ set: {}, unset: [...names] }, options, context);

/** `bastide env list`. */
export async function listVariables(options: TargetOptions, context: Context): Promise<number> {
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const { items } = await client.call(endpoints.variables.list, {
    parameters: target,
    signal: within(context.signal),
  });
  context.output.answer({ variables: items }, () =>
    items.length === 0
      ? `${titleOf(target)} has no variables; set one with: bastide env set NAME=value`
      : columns([
          ["NAME", "VALUE", "CHANGED"],
          ...items.map((one) => [
            one.name,
            one.secret ? "(secret)" : (one.value ?? ""),
            one.updatedAt,
          ]),
        ]),
  );
  return 0;
}

async function givenValues(
  words: readonly string[],
  options: SetOptions,
  context: Context,
): Promise<Map<string, string>> {
  if (options.stdin) return parseLines(await readInput(context.stdin));
  if (words.length === 0)
    throw new Failure("usage", "no variable was given", { fix: "bastide env set NAME=value" });
  const { values, fromInput } = parseAssignments(words);
  if (fromInput === undefined) return values;
  // One line feed at the end is the file's or the shell's, not the value's.
  return values.set(fromInput, (await readInput(context.stdin)).replace(/\n$/, ""));
}

async function change(
  body: ChangeVariables,
  options: ChangeOptions,
  context: Context,
): Promise<number> {
  const target = await targetOf(options, context);
  const connection = await connect(context);
  const { client } = connection;
  const call = { parameters: target, signal: within(context.signal) };
  // An app may get its secrets before its first deployment.
  await client.call(endpoints.apps.put, call);
  const { deployment } = await client.call(endpoints.variables.change, { ...call, body });
  if (deployment !== undefined)
    return finish(deployment, target, { connection, context, wait: options.wait });
  context.output.answer(
    { changed: true },
    () => `kept; ${titleOf(target)} gets them with its next deployment`,
  );
  return 0;
}
