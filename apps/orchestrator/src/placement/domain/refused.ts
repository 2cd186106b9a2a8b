import type { Unplaced } from "@bastide/ha";
import type { Failure } from "../../deployments/domain/rollout.ts";

/** Nodes that a message tells of; `bastide placement explain` tells of all. */
const MOST_TOLD = 5;

/** Why instances of a process have no place: a closed code, the facts, and what to do. */
export function placementFailure(process: string, app: string, unplaced: Unplaced): Failure {
  const { missing, refusals } = unplaced;
  const isQuota = refusals.some(({ code }) => code.startsWith("quota-"));
  const facts = isQuota
    ? `The quota leaves no room: ${refusals.map(({ fact }) => fact).join("; ")}.`
    : nodesSentence(unplaced);
  const fix = isQuota
    ? "An operator raises it by `bastide placement quota`; fewer instances need less."
    : `\`bastide placement explain ${app}\` tells of every node.`;
  return {
    code: isQuota ? "quota-exceeded" : "no-node-fits",
    message: `${missing} ${missing === 1 ? "instance" : "instances"} of the process "${process}" ${missing === 1 ? "has" : "have"} no place. ${facts} What served before keeps serving. ${fix}`,
    lastLogs: [],
  };
}

function nodesSentence({ explain }: Unplaced): string {
  const nodes = explain().filter(({ refusals }) => refusals.length > 0);
  const told = nodes
    .slice(0, MOST_TOLD)
    .map(({ node, refusals }) => `${node}: ${refusals.map(({ fact }) => fact).join(", ")}`);
  const others = nodes.length - told.length;
  const more = others > 0 ? [`and ${others} other nodes`] : [];
  return `No node can take it: ${[...told, ...more].join("; ")}.`;
}
