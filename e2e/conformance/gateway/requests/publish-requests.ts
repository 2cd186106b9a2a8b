import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { INSTALLATION } from "../../../src/index.ts";
import { CASES } from "../cases.ts";
import { DOWNGRADE_CASES } from "../downgrade/downgrade-cases.ts";
import { type FoundRequest, requestPage } from "./request-page.ts";

export const REQUESTS_PAGE: string = join(INSTALLATION, "docs/conformance/gateway-requests.md");

/** Writes what was found, in the order of the corpus. */
export async function publishRequests(found: readonly FoundRequest[]): Promise<void> {
  const byName = new Map(found.map((one) => [one.one.name, one]));
  const ordered = [...CASES, ...DOWNGRADE_CASES].flatMap(({ name }) => byName.get(name) ?? []);
  await writeFile(REQUESTS_PAGE, requestPage(ordered));
}
