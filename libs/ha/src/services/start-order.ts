import type { ResourceSpec, ServiceSpec } from "./service.ts";

export type StartOrder =
  | { readonly kind: "ordered"; readonly resources: readonly ResourceSpec[] }
  /** In the order in which each waits for the next; the first is named again at the end. */
  | { readonly kind: "cycle"; readonly names: readonly string[] }
  | { readonly kind: "unknown"; readonly resource: string; readonly after: string };

/** The resources so that each comes after those it needs; as they were given where nothing else is asked. */
export function startOrder({ resources }: Pick<ServiceSpec, "resources">): StartOrder {
  const byName = new Map(resources.map((resource) => [resource.name, resource]));
  for (const { name, after } of resources)
    for (const needed of after)
      if (!byName.has(needed)) return { kind: "unknown", resource: name, after: needed };
  const ordered = new Set<ResourceSpec>();
  for (const resource of resources) {
    const cycle = visit(resource, byName, ordered, []);
    if (cycle !== undefined) return { kind: "cycle", names: cycle };
  }
  return { kind: "ordered", resources: [...ordered] };
}

/** Adds the resource after what it needs; gives the cycle when it needs itself. */
function visit(
  resource: ResourceSpec,
  byName: ReadonlyMap<string, ResourceSpec>,
  ordered: Set<ResourceSpec>,
  path: readonly string[],
): string[] | undefined {
  if (ordered.has(resource)) return undefined;
  const begin = path.indexOf(resource.name);
  if (begin >= 0) return [...path.slice(begin), resource.name];
  for (const name of resource.after) {
    const needed = byName.get(name);
    const cycle = needed && visit(needed, byName, ordered, [...path, resource.name]);
    if (cycle !== undefined) return cycle;
  }
  ordered.add(resource);
  return undefined;
}
