import { advanceBuilding } from "./building.ts";
import { advanceDraining } from "./draining.ts";
import type { Action, ActiveDeployment, ActivePhase, Rollout } from "./rollout.ts";
import { advanceStarting } from "./starting.ts";
import { converge } from "./steady.ts";
import { advanceSwitching } from "./switching.ts";

type Advance = (deployment: ActiveDeployment, rollout: Rollout) => readonly Action[];

const ADVANCE: Readonly<Record<ActivePhase, Advance>> = {
  building: advanceBuilding,
  starting: advanceStarting,
  switching: advanceSwitching,
  draining: advanceDraining,
};

/**
 * What to do now for one app in one environment: a function of recorded and observed state only, so that it may be
 * asked again at any moment, after any event or restart. Doing what it says leads to a state with a shorter plan; an
 * empty plan means that only an event or the clock can change anything.
 *
 * The rules that zero failed requests rest on:
 * - an instance stops only after every live gateway acknowledged routes without it;
 * - what serves is drained only after every live gateway acknowledged routes to all of what takes its place;
 * - a deployment that fails changes nothing of the generation that serves.
 */
export function plan(rollout: Rollout): Action[] {
  const { deployment } = rollout;
  const steps = deployment ? ADVANCE[deployment.phase](deployment, rollout) : [];
  // Judged by the phase that the steps enter: what may start then starts with them, not a round later.
  return [...steps, ...converge(entered(rollout, steps) ?? rollout)];
}

/** A rollout in the phase that a plan enters; undefined when it enters none. */
export function entered<Of extends Pick<Rollout, "deployment">>(
  rollout: Of,
  actions: readonly Action[],
): Of | undefined {
  const step = actions.find(({ type }) => type === "enter");
  if (!rollout.deployment || step?.type !== "enter") return undefined;
  return { ...rollout, deployment: { ...rollout.deployment, phase: step.phase } };
}
