import { endpoints } from "@bastide/contracts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { bytes, columns } from "../output/columns.ts";
import { connect } from "./connection.ts";
import { within } from "./deadline.ts";
import { everyPage } from "./every-page.ts";
import { targetOf, titleOf } from "./target.ts";
import type { TARGET_OPTIONS } from "./target-options.ts";

/** `bastide releases`: the current one is marked. */
export async function showReleases(
  options: Options<typeof TARGET_OPTIONS>,
  context: Context,
): Promise<number> {
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const call = { parameters: target, signal: within(context.signal) };
  const app = await client.call(endpoints.apps.get, call);
  const current = app.environments.find(
    (one) => one.environment === target.environment,
  )?.currentRelease;
  const releases = await everyPage((cursor) =>
    client.call(endpoints.releases.list, { ...call, query: { limit: 200, cursor } }),
  );
  context.output.answer({ current, releases }, () =>
    releases.length === 0
      ? `${titleOf(target)} has no release yet`
      : columns([
          ["", "VERSION", "MADE", "SIZE", "REPRODUCIBLE", "DESCRIPTION"],
          ...releases.map((one) => [
            one.id === current ? "*" : "",
            `v${one.version}`,
            one.createdAt,
            bytes(one.artefactSizeBytes),
            reproducibleText(one.reproducible),
            one.description ?? "",
          ]),
        ]),
  );
  return 0;
}

function reproducibleText(reproducible: boolean | undefined): string {
  if (reproducible === undefined) return "not tried";
  return reproducible ? "yes" : "NO";
}
