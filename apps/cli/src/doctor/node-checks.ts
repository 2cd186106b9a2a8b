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
  const gaps = gapsOf(facts.isolation);
  const given = givenBy(facts.isolation);
  if (gaps.length === 0) return well(title, given);
  return warning(
    title,
    `${given}; without ${gaps.join(", ")}`,
    "run the platform as root on a machine with control groups",
  );
}

const givenBy = ({
  namespaces,
  memoryLimit,
  cpuLimit,
  processLimit,
}: NodeFacts["isolation"]): string =>
  `namespaces ${namespaces.join(" ") || "none"}; memory by ${memoryLimit}, CPU by ${cpuLimit}, processes by ${processLimit}`;

function gapsOf(isolation: NodeFacts["isolation"]): string[] {
  const { ownUid, seccomp, noNewPrivileges, memoryLimit, cpuLimit, processLimit } = isolation;
  const facts: readonly (readonly [boolean, string])[] = [
    [ownUid, "own users"],
    [seccomp, "seccomp"],
    [noNewPrivileges, "no-new-privileges"],
    [memoryLimit !== "none", "a memory limit"],
    [cpuLimit !== "none", "a CPU limit"],
    [processLimit !== "none", "a process limit"],
  ];
  return facts.filter(([has]) => !has).map(([, name]) => name);
}
