import type { Route, Upstream } from "@bastide/contracts";
import {
  type Generation,
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
  const upstreams = [...upstreamsOf(shares, rollout.members), ...silentOf(shares, rollout.members)];
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
    return group.members.flatMap(({ id, observed, door }) =>
      observed?.address
        ? [{ instance: id, ...reachedAt(observed.address, door), weight: Math.max(1, weight) }]
        : [],
    );
  });
}

/** Those that get nothing because their node is silent: what waits for their answers need not wait. */
function silentOf(shares: readonly Share[], members: readonly Member[]): Upstream[] {
  return shares.flatMap(({ generation }) => {
    const used = new Set(answering(generation, members));
    return reachableOf(generation, members).flatMap((member) => {
      const address = member.observed?.address;
      if (!address || used.has(member) || isHeard(member)) return [];
      return [
        {
          instance: member.id,
          ...reachedAt(address, member.door),
          weight: 0,
          silent: true as const,
        },
      ];
    });
  });
}

/** By its own address, and where there is a door through it, from all nodes but its own. */
const reachedAt = (
  address: { readonly host: string; readonly port: number },
  door: Member["door"],
): Pick<Upstream, "host" | "port" | "node" | "inside"> =>
  door ? { ...door, inside: address } : address;

const isHeard = ({ node }: Member): boolean => node === undefined || node === "leaving";

/**
 * Ready ones on nodes that are heard of; if there is none, ready ones whatever their node, which may be cut off from us
 * and not from the gateways; then those that run but break a promise: a slow answer is better than none.
 */
function answering(generation: Generation, members: readonly Member[]): readonly Member[] {
  const reachable = reachableOf(generation, members);
  const ready = reachable.filter(({ observed }) => observed?.phase === "ready");
  const heard = ready.filter(isHeard);
  if (heard.length > 0) return heard;
  return ready.length > 0
    ? ready
    : reachable.filter(({ observed }) => observed?.phase === "unready");
}

const reachableOf = (generation: Generation, members: readonly Member[]): readonly Member[] =>
  members.filter(
    (member) =>
      member.generation === generation.id &&
      member.isPublic &&
      isRunning(member) &&
      member.observed?.address !== undefined,
  );

const hasPublicProcess = ({ wanted }: Generation): boolean =>
  Object.values(wanted).some(({ isPublic }) => isPublic);

function whenEmpty({ current, deployment }: Routable): Route["whenEmpty"] {
  if (deployment || !current) return "starting";
  const isStopped = Object.values(current.wanted).every(
    ({ isPublic, count }) => !isPublic || count === 0,
  );
  return isStopped ? "stopped" : "starting";
}
