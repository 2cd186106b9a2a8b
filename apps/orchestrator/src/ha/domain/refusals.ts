import type { HaDesired, HaInstance, HaService, NodeLiveness } from "@bastide/contracts";

/** A node that a service may run on, as its hard constraints look at it. */
export interface Candidate {
  readonly name: string;
  readonly liveness: NodeLiveness;
  readonly isCordoned: boolean;
  /** The services that run there, of those that whoever decides about this one sees. */
  readonly services: ReadonlySet<string>;
}

export interface Seeker {
  readonly name: string;
  readonly affinities: HaService["affinities"];
  readonly desired: HaDesired;
  readonly instances: readonly HaInstance[];
}

/** Why a node does not take the service, and what would have it do so; undefined where it does. */
export function refusalOf(
  { name, affinities }: Pick<Seeker, "name" | "affinities">,
  { name: node, liveness, isCordoned, services }: Candidate,
): string | undefined {
  if (liveness !== "alive")
    return `${node} is not heard of: start its agent, or \`bastide node remove ${node}\``;
  if (isCordoned) return `${node} is cordoned: \`bastide node uncordon ${node}\``;
  for (const { kind, service, isHard } of affinities) {
    if (!isHard || services.has(service) === (kind === "with")) continue;
    return kind === "with"
      ? `${service} does not run on ${node}, and ${name} runs only where it does: have ${service} run there`
      : `${service} runs on ${node}, and ${name} runs only where it does not: have ${service} run elsewhere`;
  }
  return undefined;
}

/**
 * What to tell of a service that is wanted, runs nowhere, and is taken by no node as things are: it would else stay down
 * without a word. Undefined for any other.
 */
export function nobodyTakesIt(
  seeker: Seeker,
  candidates: readonly Candidate[],
): string | undefined {
  const { name, desired, instances } = seeker;
  const isWanted = desired.kind === "started" || desired.kind === "placed";
  if (!isWanted || instances.some(({ isStale, state }) => !isStale && state !== "failed"))
    return undefined;
  if (candidates.length === 0)
    return `no node may run ${name}: there was none that reports when it was started; see \`bastide node ls\`, then \`bastide ha stop ${name}\` and \`bastide ha start ${name}\``;
  const refusals = candidates.map((candidate) => refusalOf(seeker, candidate));
  return refusals.every((refusal) => refusal !== undefined)
    ? `no node takes ${name}, and it runs as soon as one does. ${refusals.join("; ")}`
    : undefined;
}
