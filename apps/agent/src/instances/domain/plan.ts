import { type Crashes, isStorm, STORM_MESSAGE } from "./crashes.ts";

/**
 * What is wanted of an instance. `removed`: a tombstone came. `held`: the desired state does not mention it, and absence
 * deletes nothing, so it is left as it is.
 */
export type Desired = "running" | "stopped" | "removed" | "held";

/** What its promises say of a run: not yet kept, kept, broken for a moment, or broken for good. */
export type Verdict = "pending" | "kept" | "broken" | "beyond-repair";

export interface LivingRun {
  readonly startedAtMs: number;
  /** Once ready it is not judged by the start timeout any more. */
  readonly wasReady: boolean;
  readonly verdict: Verdict;
}

/** All that decides what happens next to one instance. */
export interface InstanceState {
  readonly desired: Desired;
  readonly isPrepared: boolean;
  readonly run: LivingRun | undefined;
  readonly crashes: Crashes;
  /** Nothing is started or prepared before. */
  readonly notBeforeMs: number;
  readonly hasFailed: boolean;
  readonly startTimeoutMs: number;
}

export type Action =
  | { readonly type: "prepare" }
  | { readonly type: "start" }
  | { readonly type: "stop" }
  /** Stops a run that does not do its work; it counts as a crash. */
  | { readonly type: "repair"; readonly reason: string }
  | { readonly type: "fail"; readonly message: string }
  | { readonly type: "erase" }
  /** Until something changes, or the time has come. */
  | { readonly type: "wait"; readonly untilMs?: number };

const WAIT: Action = { type: "wait" };

const stopOr = (state: InstanceState, otherwise: Action): Action =>
  state.run ? { type: "stop" } : otherwise;

const PLANS: Readonly<Record<Desired, (state: InstanceState, nowMs: number) => Action>> = {
  removed: (state) => stopOr(state, { type: "erase" }),
  stopped: (state) => stopOr(state, WAIT),
  held: () => WAIT,
  running: (state, nowMs) =>
    state.run ? planLiving(state, state.run, nowMs) : planMissing(state, nowMs),
};

/** What to do next. Doing it twice, or being killed in between, leads to the same answer again. */
export function planInstance(state: InstanceState, nowMs: number): Action {
  return PLANS[state.desired](state, nowMs);
}

function planLiving(state: InstanceState, run: LivingRun, nowMs: number): Action {
  if (run.verdict === "beyond-repair")
    return { type: "repair", reason: "It kept breaking its promises and was restarted." };
  if (run.wasReady) return WAIT;
  const deadlineMs = run.startedAtMs + state.startTimeoutMs;
  if (nowMs < deadlineMs) return { type: "wait", untilMs: deadlineMs };
  const seconds = state.startTimeoutMs / 1000;
  return {
    type: "repair",
    reason: `It did not keep its promises within ${seconds} s of its start and was restarted.`,
  };
}

function planMissing(state: InstanceState, nowMs: number): Action {
  if (state.hasFailed) return WAIT;
  if (isStorm(state.crashes, nowMs)) return { type: "fail", message: STORM_MESSAGE };
  if (nowMs < state.notBeforeMs) return { type: "wait", untilMs: state.notBeforeMs };
  return state.isPrepared ? { type: "start" } : { type: "prepare" };
}
