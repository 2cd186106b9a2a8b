import type { ResourceSpec, ServiceSpec } from "./service.ts";
import { startOrder } from "./start-order.ts";

/** The order in which its resources are started. Throws a RangeError with what to change where nothing could start it. */
export function orderOf(spec: ServiceSpec): readonly ResourceSpec[] {
  const bounds = boundsProblem(spec);
  if (bounds !== undefined) throw new RangeError(refusal(spec, bounds));
  const order = startOrder(spec);
  if (order.kind === "ordered") return order.resources;
  throw new RangeError(refusal(spec, orderProblem(order)));
}

const refusal = ({ name }: ServiceSpec, why: string): string =>
  `service ${name} can't be started: ${why}`;

function boundsProblem({ topology }: ServiceSpec): string | undefined {
  if (topology.kind === "failover") return undefined;
  const { min, target, max } = topology;
  return min <= target && target <= max
    ? undefined
    : `min ${min}, target ${target}, max ${max}: set them so that min ≤ target ≤ max`;
}

const orderProblem = (order: Exclude<ReturnType<typeof startOrder>, { kind: "ordered" }>): string =>
  order.kind === "cycle"
    ? `its resources wait for each other: ${order.names.join(" → ")}; take one of these out of the "after" of the one before it`
    : `${order.resource} comes after ${order.after}, which it doesn't have: add ${order.after}, or take it out of the "after" of ${order.resource}`;
