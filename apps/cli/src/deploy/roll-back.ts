import { randomUUID } from "node:crypto";
import { endpoints } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import type { Place } from "../api/find-platform.ts";
import { within } from "../api/deadline.ts";
import { targetOf } from "../api/target.ts";
import type { TARGET_OPTIONS } from "../api/target-options.ts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { finish } from "./finish.ts";

type RollbackOptions = Options<typeof TARGET_OPTIONS> & { readonly wait: boolean };

/** `bastide rollback [version]`: the platform picks the release before the current one when none is named. */
export async function rollBack(
  version: string | undefined,
  options: RollbackOptions,
  context: Context,
  found: Promise<Place>,
): Promise<number> {
  const wanted = parseVersion(version);
  const target = await targetOf(options, context);
  const connection = await connect(context, found);
  const deployment = await connection.client.call(endpoints.deployments.rollback, {
    parameters: target,
    body: wanted === undefined ? {} : { version: wanted },
    idempotencyKey: randomUUID(),
    signal: within(context.signal),
  });
  return finish(deployment, target, { connection, context, wait: options.wait });
}

/** `3` or `v3`. */
export function parseVersion(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const digits = /^v?([1-9]\d{0,8})$/.exec(text)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new Failure("usage", `"${text}" is not a version`, {
    fix: "give it as 3 or v3; `bastide releases` lists them",
  });
}
