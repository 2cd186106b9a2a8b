import type { Action, Observation } from "./observation.ts";

/** Desired: frozen. A lease that is held is kept, and nothing else is done. */
export const planFrozen = ({ lease }: Observation): Action[] =>
  lease.kind === "mine" ? [{ kind: "hold-lease" }] : [];
