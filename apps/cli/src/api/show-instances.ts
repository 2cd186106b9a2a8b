import { type Deployment, endpoints, type Instance } from "@bastide/contracts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { bytes, columns } from "../output/columns.ts";
import { connect } from "./connection.ts";
import { within } from "./deadline.ts";
import { targetOf, titleOf } from "./target.ts";
import type { TARGET_OPTIONS } from "./target-options.ts";

/** `bastide ps`. */
export async function showInstances(
  options: Options<typeof TARGET_OPTIONS>,
  context: Context,
): Promise<number> {
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const call = { parameters: target, signal: within(context.signal) };
  const [{ items }, deployments] = await Promise.all([
    client.call(endpoints.instances.list, call),
    client.call(endpoints.deployments.list, { ...call, query: { limit: 1 } }),
  ]);
  const latest = deployments.items[0];
  context.output.answer(
    { instances: items, ...(latest === undefined ? {} : { latestDeployment: latest }) },
    () =>
      [
        items.length === 0
          ? `no instance of ${titleOf(target)} runs`
          : columns([HEADINGS, ...items.map(row)]),
        ...(latest === undefined ? [] : ["", latestText(latest)]),
      ].join("\n"),
  );
  return 0;
}

const HEADINGS = ["PROCESS", "INSTANCE", "VERSION", "STATE", "RESTARTS", "MEMORY", "NODE", ""];

function row({ process, id, version, observed, node, nodeLiveness, desired }: Instance): string[] {
  return [
    process,
    id.slice(-12),
    version === undefined ? "" : `v${version}`,
    stateOf({ observed, nodeLiveness, desired }),
    String(observed?.restarts ?? 0),
    observed?.memoryBytes === undefined ? "" : bytes(observed.memoryBytes),
    node,
    observed?.message ?? "",
  ];
}

/** What was last seen on a silent node says nothing. */
function stateOf({
  observed,
  nodeLiveness,
  desired,
}: Pick<Instance, "observed" | "nodeLiveness" | "desired">): string {
  if (nodeLiveness !== undefined) return `node ${nodeLiveness}`;
  return observed?.phase ?? `(${desired})`;
}

function latestText({ kind, phase, createdAt, failure }: Deployment): string {
  const why = failure === undefined ? "" : `: ${failure.message}`;
  return `latest deployment: ${kind}, ${phase}, begun ${createdAt}${why}`;
}
