import type { BuildRow } from "../../builds/build.row.ts";
import type { InstanceRegistry, KnownInstance } from "../../instances/instance-registry.ts";
import type { InstanceRow } from "../../instances/instance.row.ts";
import { type Processes, publicProcess, wantedOf } from "../../releases/domain/processes.ts";
import type { TargetRow } from "../../apps/target.row.ts";
import type { DeploymentRow } from "../deployment.row.ts";
import type {
  ActiveDeployment,
  ActivePhase,
  BuildState,
  Generation,
  Member,
  Rollout,
} from "../domain/rollout.ts";

export interface RolloutRows {
  readonly target: TargetRow | null;
  readonly deployment: DeploymentRow | null;
  readonly build: BuildRow | null;
  readonly instances: readonly InstanceRow[];
  readonly processes: ReadonlyMap<string, Processes>;
}

/** The domain's view of the rows. */
export function rolloutOf(
  rows: RolloutRows,
  registry: InstanceRegistry,
  nowMs: number,
): Omit<Rollout, "table"> {
  const current = currentOf(rows);
  const deployment = deploymentOf(rows, current);
  return {
    nowMs,
    ...(current ? { current } : {}),
    ...(deployment ? { deployment } : {}),
    members: rows.instances.map((row) => memberOf(row, rows.processes, registry)),
  };
}

function currentOf({ target, processes }: RolloutRows): Generation | undefined {
  if (!target?.currentReleaseId || target.generation === null) return undefined;
  const release = target.currentReleaseId;
  const wanted = wantedOf(processes.get(release) ?? {}, target.formation);
  return { id: target.generation, release, wanted };
}

function deploymentOf(
  rows: RolloutRows,
  current: Generation | undefined,
): ActiveDeployment | undefined {
  const { deployment: row } = rows;
  if (!row || !isActive(row.phase)) return undefined;
  const generation = generationOf(row, rows, current);
  const build = buildOf(rows.build);
  return {
    id: row.id,
    kind: row.kind,
    phase: row.phase,
    createdAtMs: row.createdAt.getTime(),
    step: row.step,
    stepSinceMs: (row.stepAt ?? row.phaseAt).getTime(),
    strategy: {
      steps: row.strategy.steps,
      stepMs: row.strategy.stepSeconds * 1000,
      drainMs: row.strategy.drainSeconds * 1000,
    },
    cancelRequested: row.cancelRequested,
    ...(build ? { build } : {}),
    ...(generation ? { generation } : {}),
  };
}

const isActive = (phase: DeploymentRow["phase"]): phase is ActivePhase =>
  phase !== "succeeded" && phase !== "failed" && phase !== "cancelled";

/** A scale deployment has the numbers it was asked for, on the generation that serves; others make a new one. */
function generationOf(
  row: DeploymentRow,
  { target, processes }: RolloutRows,
  current: Generation | undefined,
): Generation | undefined {
  const formation = { ...target?.formation, ...row.formation };
  const release = row.kind === "scale" ? current?.release : row.releaseId;
  if (!release) return undefined;
  const id = row.kind === "scale" && current ? current.id : row.id;
  return { id, release, wanted: wantedOf(processes.get(release) ?? {}, formation) };
}

function buildOf(row: BuildRow | null): BuildState | undefined {
  if (!row) return undefined;
  if (row.state !== "failed") return { state: row.state };
  const unknown = { code: "build-failed", message: "The build failed.", lastLogs: [] };
  return { state: "failed", failure: row.failure ?? unknown };
}

function memberOf(
  row: InstanceRow,
  processes: ReadonlyMap<string, Processes>,
  registry: InstanceRegistry,
): Member {
  const release = processes.get(row.releaseId ?? "");
  const known = registry.get(row.id);
  const observed = known && observedOf(known);
  const node = registry.nodes.of(row.node);
  const door = registry.nodes.doorOf(row.node);
  return {
    id: row.id,
    generation: row.generation ?? "",
    process: row.process,
    // Of a release that is gone nothing is known: taken for public, so that it stops only when no gateway uses it.
    isPublic: release === undefined || publicProcess(release) === row.process,
    createdAtMs: row.createdAt.getTime(),
    knownSinceMs: known?.knownSinceMs ?? row.createdAt.getTime(),
    ...drainOf(row),
    ...(observed ? { observed } : {}),
    ...(node === "well" ? {} : { node }),
    ...(door ? { door } : {}),
  };
}

const drainOf = ({ drainingAt, drainSeconds }: InstanceRow): Pick<Member, "draining"> =>
  drainingAt
    ? { draining: { sinceMs: drainingAt.getTime(), limitMs: (drainSeconds ?? 0) * 1000 } }
    : {};

/** What was seen before our start says nothing of how long the start has taken by now. */
function observedOf({ observed, isReported }: KnownInstance): Member["observed"] {
  if (!observed || isReported) return observed;
  const { startedAt: _, ...seen } = observed;
  return seen;
}
