import { markdownTable } from "../../conformance/gateway/markdown-table.ts";
import type { SavedRow } from "../../src/index.ts";

/** What one run measured. */
export interface FaultsPart {
  readonly title: string;
  readonly rows: readonly SavedRow[];
}

const HEAD = `# The gateway under attack and under faults

\`npm run faults -- gateway\` writes the first part of this page, \`npm run faults -- gateway --soak\` the second; never by hand. A built gateway of two workers is attacked by a process of its own, in waves of some hundred clients at once, while good clients ask over HTTP/1.1, HTTPS and HTTP/2, half of them on a new connection each time. What they wait is compared with what they wait beside as many clients that behave and ask as fast as they are answered: an attacker must not be worth more than one and a half of these. What the gateway holds is looked at when its clients are gone and everything was collected. What each attack is stands in \`e2e/faults/gateway/attacks\`.

A killed worker takes with it the requests on the connections that it held, which nobody else can answer; every other request is answered, and every new connection.
`;

/** A table for each run, with its day and its machine. */
export function pageOf(parts: readonly FaultsPart[]): string {
  const shown = parts.filter(({ rows }) => rows.length > 0);
  return [HEAD, ...shown.map(partOf)].join("\n");
}

function partOf({ title, rows }: FaultsPart): string {
  const [first] = rows;
  const table = markdownTable(["what", "measured", "goal", "met"], rows.map(cellsOf));
  return `## ${title}\n\n${first?.date.slice(0, 10)}; ${first?.machine}.\n\n${table}`;
}

const cellsOf = ({ what, ours, unit, goal, met, notShown }: SavedRow): readonly string[] => [
  what,
  notShown === undefined ? `${ours} ${unit}`.trim() : `not run: ${notShown}`,
  goal.trim(),
  goal === "" ? "" : met ? "yes" : "**no**",
];
