import type { Route, Upstream } from "@bastide/contracts";
import {
  type Generation,
  isReady,
  isRunning,
  type Member,
  type Rollout,
} from "../../deployments/domain/rollout.ts";

/** What the gateways said does not decide what they are told. */
export type Routable = Omit<Rollout, "table">;

export interface RouteName {
  readonly host: string;
  /** `org/project/app/environment`. */
  readonly owner: string;
}

/** One generation's part of the requests, in per cent. */
interface Share {
  readonly generation: Generation;
  readonly percent: number;
}

/**
 * The route of one app in one environment; undefined when it has none: never deployed, or nothing of it listens.
 * Weights split each generation's share among its instances, so that adding an instance does not change the shares.
 */
export function appRoute(rollout: Routable, name: RouteName): Route | undefined {
  const shares = sharesOf(rollout);
  const upstreams = upstreamsOf(shares, rollout.members);
  const known = rollout.deployment?.generation ?? rollout.current;
  if (!known || ![known, ...shares.map(({ generation }) => generation)].some(hasPublicProcess))
    return undefined;
  return { ...name, path: "/", upstreams, whenEmpty: whenEmpty(rollout) };
}

/** A generation that has no instance to answer leaves its share to the other one: weights are relative. */
function sharesOf({ current, deployment }: Routable): Share[] {
  const arriving = deployment?.phase === "switching" ? deployment.generation : undefined;
  if (!arriving || arriving.id === current?.id)
    return current ? [{ generation: current, percent: 100 }] : [];
  const percent = deployment?.strategy.steps[deployment.step] ?? 100;
  if (!current) return [{ generation: arriving, percent: 100 }];
  return [
    { generation: current, percent: 100 - percent },
    { generation: arriving, percent },
  ];
}

function upstreamsOf(shares: readonly Share[], members: readonly Member[]): Upstream[] {
  const groups = shares
    .map(({ generation, percent }) => ({ percent, members: answering(generation, members) }))
    .filter((group) => group.members.length > 0);
  const carrying = groups.filter(({ percent }) => percent > 0);
  return (carrying.length > 0 ? carrying : groups).flatMap((group) => {
    const weight = Math.round((Math.max(1, group.percent) * 100) / group.members.length);
    return group.members.flatMap(({ id, observed }) =>
      observed?.address ? [{ instance: id, ...observed.address, weight: Math.max(1, weight) }] : [],
    );
  });
}

/** Ready ones; if none is, those that run but break a promise: a slow answer is better than none. */
function answering(generation: Generation, members: readonly Member[]): readonly Member[] {
  const reachable = members.filter(
    (member) =>
      member.generation === generation.id &&
      member.isPublic &&
      isRunning(member) &&
      member.observed?.address !== undefined,
  );
  const ready = reachable.filter(isReady);
  return ready.length > 0
    ? ready
    : reachable.filter(({ observed }) => observed?.phase === "unready");
}

const hasPublicProcess = ({ wanted }: Generation): boolean =>
  Object.values(wanted).some(({ isPublic }) => isPublic);

function whenEmpty({ current, deployment }: Routable): Route["whenEmpty"] {
  if (deployment || !current) return "starting";
  const isStopped = Object.values(current.wanted).every(
    ({ isPublic, count }) => !isPublic || count === 0,
  );
  return isStopped ? "stopped" : "starting";
}
