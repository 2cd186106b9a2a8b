import { type Action, type Observation, stateOf } from "./observation.ts";

/** Towards all resources stopped: each once those that need it are. */
export function takeDown(seen: Observation): Action[] {
  return seen.order
    .filter(({ name }) => {
      const state = stateOf(seen, name);
      const dependents = seen.order.filter(({ after }) => after.includes(name));
      return (
        (state === "started" || state === "failed") &&
        dependents.every((dependent) => stateOf(seen, dependent.name) === "stopped")
      );
    })
    .map(({ name }) => ({ kind: "stop", resource: name }));
}
