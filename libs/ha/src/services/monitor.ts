import type { MonitorSpec } from "./service.ts";
import { isWithinLimit } from "./storm-limit.ts";

export type MonitorVerdict =
  | { readonly kind: "restart" }
  | { readonly kind: "leave" }
  /** The node gives the service up and does not take it for this long. */
  | { readonly kind: "block"; readonly forMs: number };

/** What to do about a resource that failed: restarts in place are limited, and so is what follows on them. */
export function onFailure(
  monitor: MonitorSpec,
  restartedAtMs: readonly number[],
  nowMs: number,
): MonitorVerdict {
  if (isWithinLimit(monitor.restarts, restartedAtMs, nowMs)) return { kind: "restart" };
  switch (monitor.action) {
    case "switch":
      return { kind: "block", forMs: monitor.blockForMs };
    case "stay-down":
      return { kind: "block", forMs: Number.POSITIVE_INFINITY };
    case "none":
    default:
      return { kind: "leave" };
  }
}
