import { expect, it } from "vitest";
import { biscuit, block, KeyPair, statedBy } from "../index.ts";

it("names what any block of a token states or derives, once, and nothing that it only asks", () => {
  const token = biscuit`user("alice"); user("bob"); right($x) <- role($x);`
    .sign(KeyPair.generate())
    .attenuate(block`host("a"); check if method("GET");`);
  expect(statedBy(token)).toEqual(["host", "right", "user"]);
});
