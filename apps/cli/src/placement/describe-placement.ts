import type { NodePlace, PlacementSettings, ProcessPlacement, Quota } from "@bastide/contracts";
import { columns } from "../output/columns.ts";

/** Settings as people read them, a line each. */
export function placementLines(settings: PlacementSettings): string[] {
  const { policy, labels = {}, spread = [], affinities = [], reserve } = settings;
  return [
    ...(policy === undefined ? [] : ["policy:", ...policy.split("\n").map((line) => `  ${line}`)]),
    ...Object.entries(labels).map(([name, value]) => `label ${name}=${value}`),
    ...spread.map(({ over, most }) =>
      most === undefined ? `spread over ${over}` : `at most ${most} in one ${over}`,
    ),
    ...affinities.map(
      ({ kind, app, process, hard }) => `${hard ? "" : "rather "}${kind} ${app}/${process}`,
    ),
    ...(reserve?.memoryMb === undefined ? [] : [`${reserve.memoryMb} MiB for each instance`]),
    ...(reserve?.cpus === undefined ? [] : [`${reserve.cpus} cores for each instance`]),
  ];
}

export const placeLines = ({ labels = {}, ...facts }: NodePlace): string[] => [
  ...Object.entries(facts).flatMap(([name, values]) =>
    values === undefined ? [] : [`${name.replaceAll("_", " ")} ${values.join(", ")}`],
  ),
  ...Object.entries(labels).map(([name, value]) => `label ${name}=${value}`),
];

export function quotaLines({ instances, memoryMb, cpus }: Quota): string[] {
  const limits = [
    ...(instances === undefined ? [] : [`${instances} instances`]),
    ...(memoryMb === undefined ? [] : [`${memoryMb} MiB reserved`]),
    ...(cpus === undefined ? [] : [`${cpus} cores reserved`]),
  ];
  return limits.length === 0 ? ["no limits"] : limits;
}

/** Why the instances of a process are where they are, node by node. */
export function explanationText(placement: ProcessPlacement): string {
  const { process, wanted, running, refusals, nodes } = placement;
  return [
    `${process}: ${running} of ${wanted} instances run`,
    ...refusals.map(({ fact }) => `  no more: ${fact}`),
    columns([
      ["  NODE", "INSTANCES", "LOAD", "ONE MORE"],
      ...nodes.map((node) => [
        `  ${node.node}`,
        String(node.instances),
        `${Math.round(node.load * 100)} %`,
        verdictOf(node),
      ]),
    ]),
  ].join("\n");
}

function verdictOf({ next, refusals }: ProcessPlacement["nodes"][number]): string {
  if (refusals.length > 0)
    return `refused: ${refusals.map(({ code, fact }) => `${fact} [${code}]`).join("; ")}`;
  return next ? "here next" : "possible";
}
