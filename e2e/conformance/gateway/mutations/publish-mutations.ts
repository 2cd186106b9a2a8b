import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { INSTALLATION } from "../../../src/index.ts";
import { markdownTable } from "../markdown-table.ts";
import type { Mutation } from "./mutations.ts";

const PUBLISHED_IN = join(INSTALLATION, "docs/conformance/gateway-rules.md");

/** One rule, and the names of the cases that go wrong without it. */
export interface Noticed {
  readonly mutation: Mutation;
  readonly cases: readonly string[];
}

/** Writes what was found to the page that everyone can read. */
export async function publishMutations(all: readonly Noticed[]): Promise<void> {
  await mkdir(dirname(PUBLISHED_IN), { recursive: true });
  await writeFile(PUBLISHED_IN, page(all));
}

function page(all: readonly Noticed[]): string {
  const rows = all.map(({ mutation, cases }) => [
    mutation.rule,
    String(cases.length),
    cases[0] === undefined ? (mutation.heldBy ?? "") : `\`${cases[0].replaceAll("`", "'")}\``,
  ]);
  return `# The gateway's rules against smuggling, each taken away once

\`npm run conformance -- gateway --mutations\` writes this page. It takes each rule in turn out of a copy of the built gateway, sends the cases that could notice, and counts those that go wrong and do not with the whole gateway. What Node or nghttp2 refuses as well says so: there our rule is the second.

${markdownTable(["rule", "cases that fail without it", "the first of them, or who else refuses it"], rows)}`;
}
