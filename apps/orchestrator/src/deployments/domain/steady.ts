import {
  type Action,
  type Generation,
  isReady,
  isRunning,
  type Member,
  type Rollout,
} from "./rollout.ts";

const DEFAULT_DRAIN_MS = 30_000;

/**
 * What holds in every phase and without a deployment: each wanted process of a generation in service has its
 * instances, everything else drains, and what has drained stops. A deployment that failed or was cancelled is not in
 * service any more, so its instances leave by this rule and by no other.
 */
export function converge(rollout: Rollout): Action[] {
  const generations = inService(rollout);
  const kept = new Set(generations.flatMap((generation) => keep(generation, rollout.members)));
  const surplus = rollout.members.filter((member) => isRunning(member) && !kept.has(member));
  const drained = rollout.members.filter((member) => mayStop(member, rollout));
  return [
    ...generations.flatMap((generation) => missing(generation, rollout.members)),
    ...drain(surplus, rollout.deployment?.strategy.drainMs ?? DEFAULT_DRAIN_MS),
    ...(drained.length > 0
      ? [{ type: "stop" as const, instances: drained.map(({ id }) => id) }]
      : []),
  ];
}

/** The current generation, and the one being deployed from the moment that its instances may start. */
export function inService({ current, deployment }: Rollout): Generation[] {
  const arriving =
    deployment?.phase === "starting" || deployment?.phase === "switching"
      ? deployment.generation
      : undefined;
  if (!arriving) return current ? [current] : [];
  if (!current) return [arriving];
  return arriving.id === current.id ? [widest(current, arriving)] : [current, arriving];
}

/** While it is being scaled a generation has the larger of both numbers: growth first, the rest leaves at the end. */
function widest(current: Generation, arriving: Generation): Generation {
  const wanted = { ...current.wanted };
  for (const [process, next] of Object.entries(arriving.wanted))
    if (next.count > (wanted[process]?.count ?? 0)) wanted[process] = next;
  return { ...current, wanted };
}

/** Those that stay: ready ones first, then the older. */
function keep(generation: Generation, members: readonly Member[]): Member[] {
  return Object.entries(generation.wanted).flatMap(([process, { count }]) =>
    runningOf(generation, process, members)
      .toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)) || (a.id < b.id ? -1 : 1))
      .slice(0, count),
  );
}

function missing(generation: Generation, members: readonly Member[]): Action[] {
  return Object.entries(generation.wanted).flatMap(([process, { count }]) => {
    const lack = count - runningOf(generation, process, members).length;
    if (lack <= 0) return [];
    const { id, release } = generation;
    return [{ type: "start" as const, generation: id, release, process, count: lack }];
  });
}

const runningOf = (
  generation: Generation,
  process: string,
  members: readonly Member[],
): readonly Member[] =>
  members.filter(
    (member) =>
      isRunning(member) && member.generation === generation.id && member.process === process,
  );

const drain = (surplus: readonly Member[], limitMs: number): Action[] =>
  surplus.length > 0 ? [{ type: "drain", instances: surplus.map(({ id }) => id), limitMs }] : [];

/** Only when no gateway can send it another request, and it has answered all or its time is over. */
function mayStop(member: Member, { table, nowMs }: Rollout): boolean {
  if (!member.draining) return false;
  if (!member.isPublic) return true;
  if (!table.isAcknowledged) return false;
  const isOver = nowMs - member.draining.sinceMs >= member.draining.limitMs;
  return isOver || !table.busy.has(member.id);
}
