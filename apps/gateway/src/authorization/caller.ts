import type { KnownToken } from "./known-token.ts";
import type { RoutePolicy } from "./route-policy.ts";

/** Who asks, and by which policy the request was let in. */
export interface Caller {
  readonly known: KnownToken;
  readonly policy: RoutePolicy;
}
