import type { ResourceSpec } from "../services/service.ts";
import { onFailure } from "../services/monitor.ts";
import { type Action, isUp, type Observation, stateOf } from "./observation.ts";

/** Towards all resources started, in order, leaving alone what is right. */
export function bringUp(seen: Observation): Action[] {
  const { lease, order, rules } = seen;
  if (!rules.mayStart(lease)) return [];
  const actions: Action[] = [];
  if (lease.kind === "mine" && isUp(seen) && seen.epoch !== lease.epoch)
    actions.push({ kind: "adopt", epoch: lease.epoch });
  return [...actions, ...order.flatMap((resource) => bringUpOne(seen, resource))];
}

function bringUpOne(seen: Observation, { name, after }: ResourceSpec): Action[] {
  const state = stateOf(seen, name);
  if (state === "failed") return repair(seen, name);
  if (state === "started")
    return seen.rules.isRight(state) ? [] : [{ kind: "restart", resource: name }];
  const isNext =
    state === "stopped" && after.every((needed) => stateOf(seen, needed) === "started");
  return isNext ? [{ kind: "start", resource: name }] : [];
}

function repair({ spec, restartedAtMs, nowMs }: Observation, resource: string): Action[] {
  const verdict = onFailure(spec.monitor, restartedAtMs, nowMs);
  if (verdict.kind === "leave") return [];
  return verdict.kind === "restart" ? [{ kind: "restart", resource }] : [verdict];
}
