import type { PromiseSpec } from "@bastide/contracts";
import type { Verdict } from "../../instances/domain/plan.ts";

/** Times in a row that a promise must be found broken: once may be a hiccup of the machine. */
const BROKEN_AFTER = 2;
const BEYOND_REPAIR_AFTER = 3;
/** How soon a promise just found broken is asked again. */
const RECHECK_MS = 1000;
/** Before the first time kept: often at first, since someone waits for it, then sparing the machine. */
const STARTING_MS = { eager: 10, eagerForMs: 3000, patient: 100 };

export interface ProbeResult {
  readonly kept: boolean;
  /** The fact, when it is not kept. */
  readonly message: string;
}

export interface PromiseState {
  readonly name: string;
  readonly wasKept: boolean;
  readonly brokenInARow: number;
  readonly message: string;
}

export function nameOf(spec: PromiseSpec): string {
  if (spec.kind === "http") return `http ${spec.path}`;
  return spec.kind === "tcp" ? "tcp" : `command ${spec.command}`;
}

/** `wasKept`: a run that was adopted as ready has kept its promises before. */
export const unasked = (spec: PromiseSpec, wasKept: boolean): PromiseState => ({
  name: nameOf(spec),
  wasKept,
  brokenInARow: 0,
  message: wasKept ? "" : "not asked yet",
});

export function afterProbe(before: PromiseState, { kept, message }: ProbeResult): PromiseState {
  if (kept) return { ...before, wasKept: true, brokenInARow: 0, message: "" };
  return { ...before, brokenInARow: before.brokenInARow + 1, message };
}

export const isKept = (state: PromiseState): boolean =>
  state.wasKept && state.brokenInARow < BROKEN_AFTER;

/** What all promises of a run say together. */
export function verdictOf(states: readonly PromiseState[]): Verdict {
  if (!states.every(({ wasKept }) => wasKept)) return "pending";
  const worst = Math.max(0, ...states.map(({ brokenInARow }) => brokenInARow));
  if (worst >= BEYOND_REPAIR_AFTER) return "beyond-repair";
  return worst >= BROKEN_AFTER ? "broken" : "kept";
}

/** When to ask next, in milliseconds. */
export function nextProbeMs(spec: PromiseSpec, state: PromiseState, sinceStartMs: number): number {
  const everyMs = spec.everySeconds * 1000;
  if (!state.wasKept)
    return sinceStartMs < STARTING_MS.eagerForMs && spec.kind !== "command"
      ? STARTING_MS.eager
      : STARTING_MS.patient;
  return state.brokenInARow > 0 ? Math.min(everyMs, RECHECK_MS) : everyMs;
}
