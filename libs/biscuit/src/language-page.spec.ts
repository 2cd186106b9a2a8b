import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkSource } from "./source.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/biscuit.md"), "utf8");
const blocks = [...page.matchAll(/^```datalog\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);

it("has blocks of Datalog", () => expect(blocks.length).toBeGreaterThan(2));

it.each(blocks)("shows Datalog that parses: %.40s", (text) => {
  expect(checkSource(text)).toEqual([]);
});
