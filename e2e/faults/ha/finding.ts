import { atLeast, atMost, figure, type Row } from "../../src/index.ts";

/** What a case looked at besides the two services, in one round. */
export interface Finding {
  readonly what: string;
  readonly unit: "" | "s";
  readonly value: number;
  /** What counts of several rounds. */
  readonly of: "sum" | "most" | "least";
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
}

/** What may not happen. */
export const never = (what: string, count: number): Finding => ({
  ...counted(what, count),
  goal: { atMost: 0 },
});

/** What has to be there for the others to mean anything. */
export const atLeastSo = (what: string, count: number, least: number): Finding => ({
  what,
  unit: "",
  value: count,
  of: "least",
  goal: { atLeast: least },
});

/** How long something took that has a limit. */
export const within = (what: string, ms: number, limitMs: number): Finding => ({
  ...took(what, ms),
  goal: { atMost: limitMs / 1000 },
});

/** Told without a goal. */
export const counted = (what: string, count: number): Finding => ({
  what,
  unit: "",
  value: count,
  of: "sum",
});

export const took = (what: string, ms: number): Finding => ({
  what,
  unit: "s",
  value: ms / 1000,
  of: "most",
});

const COMBINED: Readonly<Record<Finding["of"], (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((total, value) => total + value, 0),
  most: (values) => Math.max(...values),
  least: (values) => Math.min(...values),
};

/** A row for each thing that was looked at, of all rounds. */
export function findingRows(name: string, findings: readonly Finding[]): Row[] {
  const groups = Map.groupBy(findings, ({ what }) => what);
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => rowOf(name, first, group)),
  );
}

function rowOf(name: string, first: Finding, group: readonly Finding[]): Row {
  const { unit, of, goal } = first;
  const what = `${name}: ${first.what}`;
  const value = COMBINED[of](group.map((one) => one.value));
  if (goal === undefined) return figure(what, unit, value);
  return "atMost" in goal
    ? atMost(what, unit, value, goal.atMost)
    : atLeast(what, unit, value, goal.atLeast);
}
