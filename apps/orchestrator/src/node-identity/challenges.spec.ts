import { expect, it } from "vitest";
import { Challenges } from "./challenges.ts";

it("a challenge is good for its node, for a minute, and once", () => {
  const challenges = new Challenges();
  const challenge = challenges.make("n2", 0);
  expect(challenges.isGood("n2", challenge, 59_999)).toBe(true);
  expect(challenges.isGood("n3", challenge, 0)).toBe(false);
  expect(challenges.isGood("n2", challenge, 60_000)).toBe(false);
  challenges.spend(challenge, 1);
  expect(challenges.isGood("n2", challenge, 2)).toBe(false);
});

it("what another process made, or nobody, is no challenge", () => {
  const challenges = new Challenges();
  for (const made of [new Challenges().make("n2", 0), "", "a.b", "a.99999999999999.c", "..."])
    expect(challenges.isGood("n2", made, 0)).toBe(false);
});
