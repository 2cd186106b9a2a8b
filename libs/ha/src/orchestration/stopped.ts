import type { Action, Observation } from "./observation.ts";
import { takeDown } from "./take-down.ts";

/** Desired: stopped. The lease is kept until nothing runs, and then given up. */
export const planStopped = (seen: Observation): Action[] => takeDown(seen);
