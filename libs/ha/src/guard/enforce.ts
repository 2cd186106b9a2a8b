import type { ResourceDriver } from "../ports/resource-driver.ts";
import type { Guard } from "./guard.ts";

type Leases = Pick<Guard, "mayRun" | "runUntilMs">;
type Enforced = Pick<ResourceDriver, "underLease" | "extend" | "kill">;

/** First of all, whenever a node wakes, since it may have been frozen: what may not run is killed. */
export function killUnlawful(leases: Leases | undefined, driver: Enforced, nowMs: number): void {
  for (const service of driver.underLease())
    if (leases?.mayRun(service, nowMs) !== true) driver.kill(service);
}

/** Last of all: until when what runs may. Gives when the first of that ends, at which the node has to wake; else infinity. */
export function extendLawful(leases: Leases | undefined, driver: Enforced, nowMs: number): number {
  let firstMs = Number.POSITIVE_INFINITY;
  for (const service of driver.underLease()) {
    const untilMs = leases?.runUntilMs(service, nowMs);
    if (untilMs === undefined) continue;
    driver.extend(service, untilMs);
    firstMs = Math.min(firstMs, untilMs);
  }
  return firstMs;
}
