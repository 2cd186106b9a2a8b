import {
  type Action,
  type Generation,
  isLost,
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
  const served = new Set(generations.map(({ id }) => id));
  const surplus = rollout.members.filter(
    (member) => isRunning(member) && !kept.has(member) && !isAwaited(member, served),
  );
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

/**
 * On a lost node, of a generation that is in service: nobody could tell it to stop, and it may still serve. When its
 * node is back it is judged like any other, and the surplus leaves.
 */
const isAwaited = (member: Member, served: ReadonlySet<string>): boolean =>
  isLost(member) && served.has(member.generation);

/**
 * Those that stay: ready ones first, then the older. So when a lost node is back with its instances ready, those that
 * took their place leave: the order in which instances were placed is the one that spread them best. What is on a node
 * that is being drained stays only until enough others are ready.
 */
function keep(generation: Generation, members: readonly Member[]): Member[] {
  return Object.entries(generation.wanted).flatMap(([process, { count }]) => {
    const running = inOrder(runningOf(generation, process, members));
    const staying = running.filter((member) => !isLeaving(member)).slice(0, count);
    const uncovered = count - staying.filter(isReady).length;
    return [...staying, ...running.filter(isLeaving).slice(0, Math.max(0, uncovered))];
  });
}

const isLeaving = ({ node }: Member): boolean => node === "leaving";

const inOrder = (members: readonly Member[]): Member[] =>
  members.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)) || (a.id < b.id ? -1 : 1));

function missing(generation: Generation, members: readonly Member[]): Action[] {
  return Object.entries(generation.wanted).flatMap(([process, { count }]) => {
    const running = runningOf(generation, process, members);
    const lack = count - running.filter((member) => !isLeaving(member)).length;
    if (lack <= 0) return [];
    const { id, release } = generation;
    return [{ type: "start" as const, generation: id, release, process, count: lack }];
  });
}

/** Those that are not draining, and not on a node that is lost. */
const runningOf = (
  generation: Generation,
  process: string,
  members: readonly Member[],
): readonly Member[] =>
  members.filter(
    (member) =>
      isRunning(member) &&
      !isLost(member) &&
      member.generation === generation.id &&
      member.process === process,
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
