import type { Member } from "./groups.ts";
import { stableHash } from "./stable-hash.ts";

/**
 * In which order workloads are placed: those that others have to be with before these, then the large ones, which find
 * room in fewer places; then by a hash of the name, so that it doesn't matter in which order they are given.
 */
export function inOrder(members: Iterable<Member>): Member[] {
  const all = [...members];
  const byGroup = Map.groupBy(all, ({ workload }) => workload.group);
  const depths = new Map<Member, number>();

  function depthOf(member: Member, path: ReadonlySet<Member>): number {
    const known = depths.get(member);
    if (known !== undefined) return known;
    // A cycle has no order; whoever comes first in it finds nobody to be with.
    if (path.has(member)) return 0;
    const leaders = member.workload.affinities
      .filter(({ kind, isHard }) => kind === "with" && isHard)
      .flatMap(({ group }) => byGroup.get(group) ?? []);
    const below = leaders.length === 0 ? path : new Set([...path, member]);
    const depth = Math.max(0, ...leaders.map((leader) => 1 + depthOf(leader, below)));
    depths.set(member, depth);
    return depth;
  }

  return all
    .map((member) => ({ member, rank: [depthOf(member, NOBODY), ...ownRank(member)] }))
    .toSorted((a, b) => compare(a.rank, b.rank) || (idOf(a.member) < idOf(b.member) ? -1 : 1))
    .map(({ member }) => member);
}

const NOBODY: ReadonlySet<Member> = new Set();

/** A core counts as much as 2 GiB: only an order is made of it. */
const ownRank = ({ workload: { id, needs } }: Member): readonly number[] => [
  -Math.max(needs.cpuMillis * 2, needs.memoryMb),
  stableHash(id),
];

const idOf = ({ workload }: Member): string => workload.id;

/** From the left, the smaller first. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
