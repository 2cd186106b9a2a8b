import { endpoints, type Node, type NodeFacts } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { type Check, warning, well } from "./check.ts";

/** What the platform's nodes say of the isolation that apps really get; nothing when no platform answers. */
export async function checkNodes(context: Context): Promise<Check[]> {
  try {
    const { client } = await connect(context);
    const { items } = await client.call(endpoints.nodes.list, {
      signal: within(context.signal, 5_000),
    });
    return items.map(nodeCheck);
  } catch {
    context.signal.throwIfAborted();
    return [];
  }
}

function nodeCheck({ name, facts, reachable }: Node): Check {
  const title = `node ${name}`;
  if (!reachable || facts === undefined)
    return warning(
      title,
      "the control plane does not hear from it",
      "is it on, and does its agent run? `bastide status` on that machine",
    );
  const given = givenBy(facts.isolation);
  // In the agent's own words: it tried.
  const missing = facts.isolation.missing ?? [];
  if (missing.length === 0) return well(title, given);
  const fix = "what each line says; as root, on a machine with control groups, nothing is missing";
  return { ...warning(title, given, fix), missing };
}

const givenBy = ({
  namespaces,
  memoryLimit,
  cpuLimit,
  processLimit,
}: NodeFacts["isolation"]): string =>
  `namespaces ${namespaces.join(" ") || "none"}; memory by ${memoryLimit}, CPU by ${cpuLimit}, processes by ${processLimit}`;
