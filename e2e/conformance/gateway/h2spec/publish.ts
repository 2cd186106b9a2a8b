import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { INSTALLATION } from "../../../src/index.ts";
import { markdownTable } from "../markdown-table.ts";
import { H2SPEC_VERSION } from "./build-h2spec.ts";
import type { Comparison, Difference } from "./compare.ts";
import { CASES_OF_H2SPEC, type Result } from "./run-h2spec.ts";

export const PUBLISHED_IN = join(INSTALLATION, "docs/conformance/gateway-http2.md");

/** Writes what was found to the page that everyone can read. `nginx`: its version. */
export async function publish(comparison: Comparison, nginx: string): Promise<void> {
  await mkdir(dirname(PUBLISHED_IN), { recursive: true });
  await writeFile(PUBLISHED_IN, page(comparison, nginx));
}

function page({ passed, passedByPeer, differences }: Comparison, nginx: string): string {
  const ours = `Node ${process.versions.node} with nghttp2 ${process.versions["nghttp2"]}`;
  const short = differences.filter((one) => one.ours.outcome !== "passed");
  const ahead = differences.filter((one) => one.ours.outcome === "passed");
  return `# HTTP/2 at the gateway, by h2spec

\`npm run conformance -- gateway\` writes this page. It runs h2spec ${H2SPEC_VERSION} with its strict cases over TLS against the gateway (${ours}) and against nginx ${nginx}.

Of ${CASES_OF_H2SPEC} cases the gateway passes ${passed} and nginx ${passedByPeer}. Every case that nginx passes has to pass at the gateway, except those in the first table that say why not; a run fails otherwise, and also when one of them passes again.

## Not passed by the gateway

${markdownTable(
  ["case", "gateway", "nginx", "why"],
  short.map((one) => [...cells(one), one.reason ?? ""]),
)}
## Passed by the gateway and not by nginx

${markdownTable(
  ["case", "nginx"],
  ahead.map(({ name, peers }) => [name, told(peers)]),
)}`;
}

const cells = ({ name, ours, peers }: Difference): string[] => [name, told(ours), told(peers)];

/** h2spec's own words: the last thing seen is what the case stood on. */
const told = ({ outcome, seen }: Result): string =>
  outcome === "failed" ? `failed: ${seen.at(-1) ?? "no word"}` : outcome;
