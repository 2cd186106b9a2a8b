import type { ServiceSpec } from "../src/services/service.ts";
import { CALM_FROM_MS } from "./scenario.ts";
import type { World } from "./world.ts";

/** Why the run has not come to what is desired; undefined when it has. */
export function whyNotConverged(world: World): string | undefined {
  const stale = world.nodes.find(
    (node) => node.intents.version !== world.truth.table.version || !node.isUp,
  );
  if (stale !== undefined) return `${stale.id} does not know the last intents`;
  for (const spec of world.servicesOf(world.voters.at(world.truth.table.version))) {
    const problem = problemOf(world, spec);
    if (problem !== undefined) return `${spec.name}: ${problem}`;
  }
  return world.actedAtMs > CALM_FROM_MS
    ? `something was still started or stopped at ${Math.round(world.actedAtMs)} ms`
    : undefined;
}

function problemOf(world: World, spec: ServiceSpec): string | undefined {
  const desired = world.truth.table.intents[spec.name]?.desired;
  switch (desired?.kind) {
    case "stopped":
      return (
        problemOfStopped(world, spec.name) ??
        (desired.purge === true ? problemOfPurged(world, spec.name) : undefined)
      );
    case "started":
      return problemOfStarted(world, spec);
    case "placed":
      return problemOfStarted(world, spec) ?? problemOfPlaced(world, spec, desired.node);
    case "frozen":
    default:
      return undefined;
  }
}

const runningOn = (world: World, service: string): string[] =>
  world.nodes.filter(({ runs }) => runs.isUp(service)).map(({ id }) => id);

function problemOfStopped(world: World, service: string): string | undefined {
  const running = runningOn(world, service);
  return running.length === 0 ? undefined : `desired stopped, runs on ${running.join(", ")}`;
}

function problemOfPurged(world: World, service: string): string | undefined {
  const left = world.nodes.filter(({ runs }) => runs.local(service).hasRemains);
  return left.length === 0
    ? undefined
    : `desired purged, left on ${left.map(({ id }) => id).join(", ")}`;
}

function problemOfStarted(world: World, spec: ServiceSpec): string | undefined {
  const { name, topology } = spec;
  const running = runningOn(world, name);
  const count = topology.kind === "failover" ? 1 : topology.target;
  const isWhole = running.every((id) => world.node(id).runs.isWhole(name));
  return running.length === count && isWhole
    ? problemOfAffinities(world, spec)
    : `desired started, runs on "${running.join(", ")}"`;
}

/** A failover service stays where it is when another comes there; the others move. */
function problemOfAffinities(
  world: World,
  { name, topology, affinities }: ServiceSpec,
): string | undefined {
  if (topology.kind === "failover") return undefined;
  for (const { kind, service, isHard } of affinities) {
    const others = runningOn(world, service);
    const wrong = runningOn(world, name).find((id) => others.includes(id) === (kind === "apart"));
    if (isHard && wrong !== undefined) return `runs on ${wrong}, not ${kind} ${service}`;
  }
  return undefined;
}

function problemOfPlaced(
  world: World,
  { name, topology, candidates }: ServiceSpec,
  node: string,
): string | undefined {
  const isBound = topology.kind === "failover" && candidates.includes(node);
  const running = runningOn(world, name).join(", ");
  return isBound && running !== node ? `desired on ${node}, runs on ${running}` : undefined;
}
