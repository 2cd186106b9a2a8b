import { type Route, routeKey } from "@bastide/contracts";
import { type Entry, isRoute } from "../control/entry.ts";
import { ControlError } from "../control-socket/control-error.ts";
import { addressKey } from "../table/route-table.ts";
import { normaliseHost } from "../table/host.ts";
import type { EntryChanges } from "../worker/messages.ts";

/** Changes for the workers, and what is to be remembered once they have them. */
export interface Plan {
  readonly changes: EntryChanges;
  commit(): void;
}

/** What is kept on disk of it. */
export interface OverlayState {
  readonly routes: readonly Route[];
  readonly drained: readonly string[];
}

/**
 * What this gateway was told on its own machine, on top of what the control plane says: routes of its own, and
 * upstreams that get no new requests. The control plane's word on a route goes before a local one.
 */
export class Overlay {
  readonly #stream = new Map<string, Entry>();
  readonly #local = new Map<string, Route>();
  #drained: ReadonlySet<string>;

  constructor({ routes, drained }: OverlayState = { routes: [], drained: [] }) {
    this.#drained = new Set(drained);
    for (const route of routes) this.#local.set(routeKey(route), route);
  }

  get state(): OverlayState {
    return { routes: [...this.#local.values()], drained: [...this.#drained] };
  }

  /** What the control plane said, as it said it. */
  get stream(): ReadonlyMap<string, Entry> {
    return this.#stream;
  }

  get local(): ReadonlyMap<string, Route> {
    return this.#local;
  }

  get drained(): ReadonlySet<string> {
    return this.#drained;
  }

  /** Local routes of keys that the control plane did not claim meanwhile. */
  ownRoutes(): Plan {
    const own = [...this.#local].filter(([key]) => !this.#stream.has(key));
    return { changes: own.map(([key, route]) => this.#effective(key, route)), commit: () => {} };
  }

  streamChanges(changes: EntryChanges): Plan {
    return {
      changes: changes.map(([key, entry]) => this.#effective(key, entry)),
      commit: () => {
        for (const [key, entry] of changes)
          if (entry) this.#stream.set(key, entry);
          else this.#stream.delete(key);
        for (const [key] of changes) this.#local.delete(key);
      },
    };
  }

  /** Throws ControlError `conflict` when the control plane has a route of that key. */
  add(route: Route): Plan {
    const key = routeKey(route);
    this.#mustBeFree(key);
    const isPlain = route.host.startsWith("*.") || normaliseHost(route.host) === route.host;
    if (!isPlain)
      throw new ControlError(
        "invalid-request",
        `${route.host} is not a host name in lower case, without port and final dot`,
      );
    return {
      changes: [this.#effective(key, route)],
      commit: () => void this.#local.set(key, route),
    };
  }

  remove(key: string): Plan {
    this.#mustBeFree(key);
    if (!this.#local.has(key))
      throw new ControlError(
        "not-found",
        `there is no route ${key}; \`bastide gateway list\` shows them`,
      );
    return { changes: [[key, null]], commit: () => void this.#local.delete(key) };
  }

  /** `upstream`: an instance's id, or `host:port`. */
  drain(upstream: string, isUndone: boolean): Plan {
    const drained = new Set(this.#drained);
    if (isUndone ? !drained.delete(upstream) : drained.has(upstream)) {
      if (isUndone) throw new ControlError("not-found", `${upstream} is not drained`);
    }
    if (!isUndone) drained.add(upstream);
    const all = [...this.#stream, ...this.#local];
    const affected = all.filter(([, entry]) => isRoute(entry) && names(entry, upstream));
    if (affected.length === 0 && !isUndone)
      throw new ControlError(
        "not-found",
        `no route has the upstream ${upstream}; \`bastide gateway list upstreams\` shows them`,
      );
    return {
      changes: affected.map(([key, entry]) => [key, withoutWeight(entry, drained)] as const),
      commit: () => void (this.#drained = drained),
    };
  }

  /** The sources of a key's entry as `list` tells them. */
  sourceOf(key: string): "stream" | "local" {
    return this.#stream.has(key) ? "stream" : "local";
  }

  #effective(key: string, entry: Entry | null): readonly [string, Entry | null] {
    return [key, entry && withoutWeight(entry, this.#drained)];
  }

  #mustBeFree(key: string): void {
    if (this.#stream.has(key))
      throw new ControlError("conflict", `the control plane has the route ${key}; change it there`);
  }
}

const isOne = ({ instance, host, port }: Route["upstreams"][number], name: string): boolean =>
  instance === name || addressKey({ host, port }) === name;

const names = ({ upstreams }: Route, name: string): boolean =>
  upstreams.some((upstream) => isOne(upstream, name));

function withoutWeight(entry: Entry, drained: ReadonlySet<string>): Entry {
  if (drained.size === 0 || !isRoute(entry)) return entry;
  const upstreams = entry.upstreams.map((upstream) =>
    [...drained].some((name) => isOne(upstream, name)) ? { ...upstream, weight: 0 } : upstream,
  );
  return { ...entry, upstreams };
}
