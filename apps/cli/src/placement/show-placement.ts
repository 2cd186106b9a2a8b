import { endpoints, type PlacementMove } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { targetOf, titleOf } from "../api/target.ts";
import type { Context } from "../command-line/context.ts";
import { columns } from "../output/columns.ts";
import type { RouteOptions } from "../routes/route-target.ts";
import { explanationText } from "./describe-placement.ts";

/** `bastide placement explain`. */
export async function explainPlacement(
  app: string,
  options: RouteOptions,
  context: Context,
): Promise<number> {
  const target = await targetOf({ ...options, app }, context);
  const { client } = await connect(context);
  const { items } = await client.call(endpoints.placement.explain, {
    parameters: target,
    signal: within(context.signal),
  });
  context.output.answer({ processes: items }, () =>
    [titleOf(target), ...items.map((placement) => explanationText(placement))].join("\n\n"),
  );
  return 0;
}

/** `bastide placement propose`. */
export async function proposeMoves(context: Context): Promise<number> {
  const { client } = await connect(context);
  const { items } = await client.call(endpoints.placement.propose, {
    signal: within(context.signal),
  });
  context.output.answer({ moves: items }, () =>
    items.length === 0 ? "no move would even the nodes out by much" : movesText(items),
  );
  return 0;
}

const movesText = (moves: readonly PlacementMove[]): string =>
  [
    columns([
      ["ORGANISATION", "APP", "ENVIRONMENT", "PROCESS", "FROM", "TO", "GAIN"],
      ...moves.map(({ organisation, app, environment, process, from, to, gain }) => [
        organisation,
        app,
        environment,
        process,
        from,
        to,
        `${Math.round(gain * 100)} %`,
      ]),
    ]),
    "",
    "Nothing is moved. To empty a node: bastide node drain <name>.",
  ].join("\n");
