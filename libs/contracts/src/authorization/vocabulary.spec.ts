import { expect, it } from "vitest";
import { AMBIENT_FACTS, PLACEMENT_FACTS, SUBJECT_FACTS } from "./vocabulary.ts";

it("no word belongs to the token and to the request at once", () => {
  const both = AMBIENT_FACTS.filter((name) => Object.hasOwn(SUBJECT_FACTS, name));
  expect(both).toEqual([]);
});

it("no word that a placement policy asks of a node is in a token or stated of a request", () => {
  const others = new Set<string>([...AMBIENT_FACTS, ...Object.keys(SUBJECT_FACTS)]);
  expect(Object.keys(PLACEMENT_FACTS).filter((name) => others.has(name))).toEqual([]);
});
