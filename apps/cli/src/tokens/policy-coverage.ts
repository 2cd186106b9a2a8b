import { resolve } from "node:path";
import type { PolicyCoverage } from "@bastide/biscuit/testing";

/** The coverage that one test file reports, and the folder that it names policies from. */
export interface FileCoverage {
  readonly folder: string;
  readonly coverage: readonly PolicyCoverage[];
}

type Uncovered = PolicyCoverage["uncovered"][number];

const nameOf = ({ item, never }: Uncovered): string =>
  [item.kind, item.index, item.alternative, never].join(" ");

/** One policy that several files test is covered by all of them together: what stays uncovered is so in each. */
function together(first: PolicyCoverage, second: PolicyCoverage): PolicyCoverage {
  const others = new Set(second.uncovered.map(nameOf));
  const uncovered = first.uncovered.filter((one) => others.has(nameOf(one)));
  return { ...first, uncovered, covered: first.total - uncovered.length };
}

/** The coverage of each policy over all files, by its path; the same text under the same name is the same policy. */
export function joinCoverage(files: readonly FileCoverage[]): PolicyCoverage[] {
  const joined = new Map<string, PolicyCoverage>();
  for (const { folder, coverage } of files)
    for (const policy of coverage) {
      const sources = policy.items.map(({ line, source }) => [line, source]);
      const key = JSON.stringify([resolve(folder, policy.name), sources]);
      const known = joined.get(key);
      joined.set(key, known === undefined ? policy : together(known, policy));
    }
  return [...joined.values()];
}

/** Whole percent of the outcomes that tests showed; 100 for a policy that has none. */
export const percentOf = ({ covered, total }: PolicyCoverage): number =>
  total === 0 ? 100 : Math.floor((100 * covered) / total);
