import { type App, endpoints } from "@bastide/contracts";
import type { Context } from "../command-line/context.ts";
import { columns } from "../output/columns.ts";
import { everyPage } from "./every-page.ts";
import { connect } from "./connection.ts";
import { within } from "./deadline.ts";
import { projectOf } from "./target.ts";

/** `bastide apps`. */
export async function showApps(project: string | undefined, context: Context): Promise<number> {
  const parameters = projectOf(project ?? context.environment["BASTIDE_PROJECT"]);
  const { client } = await connect(context);
  const apps = await everyPage((cursor) =>
    client.call(endpoints.apps.list, {
      parameters,
      query: { limit: 200, cursor },
      signal: within(context.signal),
    }),
  );
  context.output.answer({ apps }, () =>
    apps.length === 0
      ? `${parameters.organisation}/${parameters.project} has no apps yet; \`bastide deploy\` makes one`
      : columns([["APP", "ENVIRONMENT", "VERSION", "ADDRESS"], ...apps.flatMap(rows)]),
  );
  return 0;
}

function rows({ name, environments }: App): string[][] {
  if (environments.length === 0) return [[name, "", "", "not deployed"]];
  return environments.map(({ environment, version, url }) => [
    name,
    environment,
    version === undefined ? "" : `v${version}`,
    url ?? "",
  ]);
}
