import type { Case } from "./cases.ts";
import { findingRows } from "./finding.ts";
import type { Round } from "./round.ts";

/** What a case did, in one line for people. */
export function lineOf({ name, what, takenWithinMs }: Case, rounds: readonly Round[]): string {
  const worst = (of: (round: Round) => number): number => Math.max(...rounds.map(of));
  const sum = (of: (round: Round) => number): number =>
    rounds.reduce((total, round) => total + of(round), 0);
  const silence = `${(worst(({ silentMs }) => silentMs) / 1000).toFixed(2)} s`;
  const findings = findingRows(
    name,
    rounds.flatMap((round) => round.findings),
  );
  return [
    `${name} (${what}), ${rounds.length} time(s):`,
    takenWithinMs === undefined
      ? `silent for ${silence} at most,`
      : `answered again after ${silence} at most,`,
    `taken ${rounds.filter(({ takenMs }) => takenMs !== undefined).length} time(s),`,
    `two at once for ${worst(({ overlapMs }) => overlapMs)} ms;`,
    `${sum(({ failed }) => failed)} of ${sum(({ requests }) => requests)} requests failed`,
    `; first attempts at living nodes of the pair: ${attemptsText(rounds)}`,
    ...findings.map((row) =>
      `; ${row.what.slice(name.length + 2)}: ${row.ours} ${row.unit}`.trim(),
    ),
  ].join(" ");
}

/** "server-2 512, server-3 498 and 2 not answered" */
function attemptsText(rounds: readonly Round[]): string {
  const all = rounds.flatMap(({ firstAttempts }) => firstAttempts);
  return Array.from(
    Map.groupBy(all, ({ node }) => node),
    ([node, each]) => {
      const answered = each.reduce((total, one) => total + one.answered, 0);
      const others = each.reduce((total, { refused, broken }) => total + refused + broken, 0);
      return others === 0
        ? `${node} ${answered}`
        : `${node} ${answered} and ${others} not answered`;
    },
  ).join(", ");
}
