import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { COMMANDS } from "../commands/table.ts";
import { cliReference } from "./reference.ts";

const COMMITTED = join(import.meta.dirname, "../../../../docs/cli.md");

it("is what is committed as docs/cli.md (WRITE_CLI_REFERENCE=1 with this test writes it)", () => {
  const reference = cliReference(COMMANDS);
  if (process.env["WRITE_CLI_REFERENCE"] === "1") writeFileSync(COMMITTED, reference);
  expect(readFileSync(COMMITTED, "utf8")).toBe(reference);
});
