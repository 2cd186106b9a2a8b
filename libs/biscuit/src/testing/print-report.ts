import type { PolicyCoverage } from "./coverage.ts";
import type { CaseReport, TestReport } from "./run-policy-tests.ts";

/** A report as lines for a person: failed cases with their explanations, then what no case covers. */
export function printReport({ cases, passed, failed, coverage }: TestReport): string {
  return [
    ...cases.flatMap(printCase),
    `${passed} passed, ${failed} failed`,
    ...coverage.flatMap(printCoverage),
  ].join("\n");
}

function printCase({
  name,
  line,
  passed,
  expected,
  actual,
  missingReasons,
  explanation,
}: CaseReport): string[] {
  if (passed) return [`ok      ${name}`];
  return [
    `FAILED  ${name} (line ${line})`,
    `        expected ${expected}, got ${actual}`,
    ...missingReasons.map(
      (reason) => `        the explanation does not say ${JSON.stringify(reason)}`,
    ),
    ...explanation.split("\n").map((each) => `        ${each}`),
  ];
}

function printCoverage({ name, covered, total, uncovered }: PolicyCoverage): string[] {
  const percent = total === 0 ? 100 : Math.floor((100 * covered) / total);
  return [
    `${name}: ${covered} of ${total} outcomes covered, ${percent} %`,
    ...uncovered.map(
      ({ item, never }) =>
        `  line ${item.line}: ${item.kind} ${item.index} never ${word(item.kind, never)}: ${item.source}`,
    ),
  ];
}

function word(kind: string, never: "true" | "false"): string {
  if (kind !== "rule") return never;
  return never === "true" ? "applies" : "fails to apply";
}
