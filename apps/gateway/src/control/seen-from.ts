import type { Upstream } from "@bastide/contracts";
import { type Entry, isRoute } from "./entry.ts";

/** Where a gateway is. */
export interface Place {
  /** The node whose instances it reaches by their own addresses. */
  readonly node: string;
  /** The address at which it reaches the control plane's machine. */
  readonly controlHost: string;
}

/** The table is one for all gateways; this is an entry of it as one of them acts by it. */
export function seenFrom(place: Place, entry: Entry): Entry {
  if (!isRoute(entry)) return entry;
  return { ...entry, upstreams: entry.upstreams.map((upstream) => upstreamFrom(place, upstream)) };
}

function upstreamFrom({ node, controlHost }: Place, { inside, ...upstream }: Upstream): Upstream {
  if (inside && upstream.node === node) {
    const { node: _own, ...direct } = upstream;
    return { ...direct, ...inside };
  }
  return EVERYWHERE.has(upstream.host) ? { ...upstream, host: controlHost } : upstream;
}

/** What a listener on all addresses of its machine is told to others by: only the control plane's machine has one. */
const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);
