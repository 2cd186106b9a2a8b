import { Limits, type PlacementSettings, type ProcessSpec } from "@bastide/contracts";
import type { Needs, SpreadKey, Workload } from "@bastide/ha";
import { ownerOf, type Target } from "../../targets/target.ts";

/** What an instance is given room for where nobody says otherwise: an idle Node application takes about as much. */
const USUAL_MEMORY_MB = 48;
const USUAL_CPUS = 0.01;

/** One process of one roll-out of an app in an environment. */
export interface PlacedProcess {
  readonly target: Target;
  readonly process: string;
  readonly generation: string;
  /** What its release says of its limits. */
  readonly limits?: ProcessSpec["limits"];
}

export function needsOf(settings: PlacementSettings): Needs {
  const { memoryMb = USUAL_MEMORY_MB, cpus = USUAL_CPUS } = settings.reserve ?? {};
  return { memoryMb, cpuMillis: Math.ceil(cpus * 1_000) };
}

/** What a quota counts of an instance: what it may take at most, and the room that is kept for it where that is more. */
export function chargeOf(needs: Needs, limits: ProcessSpec["limits"]): Needs {
  const { memoryMb, cpus } = Limits.parse(limits ?? {});
  return {
    memoryMb: Math.max(needs.memoryMb, memoryMb),
    cpuMillis: Math.max(needs.cpuMillis, Math.ceil(cpus * 1_000)),
  };
}

/** `org/project/app/environment/process`: what takes each other's place, release after release. */
export const groupOf = (target: Target, process: string): string => `${ownerOf(target)}/${process}`;

export const workloadId = ({ target, process, generation }: PlacedProcess): string =>
  `${groupOf(target, process)}@${generation}`;

/** The group of what has that id. */
export const groupOfId = (id: string): string => id.slice(0, id.lastIndexOf("@"));

/**
 * With so many instances in all, of which those on `running` are there. None are wanted where it is not said: what has to
 * be started in their place is the rollout's to say.
 */
export function workloadOf(
  placed: PlacedProcess,
  settings: PlacementSettings,
  running: readonly string[],
  count = 0,
): Workload {
  const { target, process } = placed;
  const needs = needsOf(settings);
  return {
    id: workloadId(placed),
    group: groupOf(target, process),
    tenant: target.organisation,
    count,
    running,
    needs,
    charge: chargeOf(needs, placed.limits),
    driver: "process",
    labels: settings.labels ?? {},
    spread: (settings.spread ?? []).flatMap(({ over, most }) =>
      isSpreadKey(over) ? [{ over, ...(most === undefined ? {} : { most }) }] : [],
    ),
    affinities: (settings.affinities ?? []).map(({ kind, app, process: other, hard }) => ({
      kind,
      group: groupOf({ ...target, app }, other),
      isHard: hard,
    })),
    ...(settings.policy === undefined ? {} : { policy: settings.policy }),
  };
}

const isSpreadKey = (over: string): over is SpreadKey =>
  ["host", "region", "country", "operator"].includes(over) || over.startsWith("label:");
