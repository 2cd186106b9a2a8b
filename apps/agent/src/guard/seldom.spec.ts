import { expect, it } from "vitest";
import { Journal } from "../journal/journal.ts";
import { Seldom } from "./seldom.ts";

it("says the same once in ten seconds, with how often it happened since", () => {
  const lines: string[] = [];
  const seldom = new Seldom(new Journal((line) => lines.push(line)));
  for (let atMs = 0; atMs <= 10_000; atMs += 100) seldom.warn("refused", { reason: "a" }, atMs);
  seldom.warn("another", {}, 10_000);
  const said = lines.map((line): unknown => JSON.parse(line));
  expect(said).toMatchObject([
    { message: "refused", reason: "a" },
    { message: "refused", reason: "a", unsaid: 99 },
    { message: "another" },
  ]);
});
