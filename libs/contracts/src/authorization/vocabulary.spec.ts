import { expect, it } from "vitest";
import { AMBIENT_FACTS, SUBJECT_FACTS } from "./vocabulary.ts";

it("no word belongs to the token and to the request at once", () => {
  const both = AMBIENT_FACTS.filter((name) => Object.hasOwn(SUBJECT_FACTS, name));
  expect(both).toEqual([]);
});
