import { expect, it } from "vitest";
import { biscuitFromSource, blockFromSource } from "../index.ts";
import { KeyPair } from "../crypto/key-pair.ts";
import { expiryOf } from "./expiry.ts";

const key = KeyPair.generate();
const of = (source: string, ...more: string[]) =>
  more.reduce(
    (token, text) => token.attenuate(blockFromSource(text)),
    biscuitFromSource(source).sign(key),
  );

it.each([
  ["check if time($t), $t < 2030-01-01T00:00:00Z;", "2030-01-01T00:00:00.000Z"],
  ["check if time($now), $now <= 2030-01-01T00:00:00Z;", "2030-01-01T00:00:01.000Z"],
  ["check all time($t), $t < 2030-01-01T00:00:00Z;", "2030-01-01T00:00:00.000Z"],
])("is known of %s", (source, expected) => {
  expect(expiryOf(of(source))?.toISOString()).toBe(expected);
});

it.each([
  "user(1);",
  "reject if time($t), $t < 2030-01-01T00:00:00Z;",
  "check if time($t), $t > 2030-01-01T00:00:00Z;",
  "check if time($t), $t < 2030-01-01T00:00:00Z or admin(true);",
  "check if time($t), admin(true), $t < 2030-01-01T00:00:00Z;",
  "check if time($t), born($b), $b < 2030-01-01T00:00:00Z;",
  'note("check if time($t), $t < 2030-01-01T00:00:00Z");',
  "check if time($t), 2030-01-01T00:00:00Z < $t;",
])("is not claimed for %s", (source) => expect(expiryOf(of(source))).toBeUndefined());

it("is the earliest of all blocks", () => {
  const token = of(
    "check if time($t), $t < 2031-01-01T00:00:00Z;",
    "check if time($t), $t < 2029-01-01T00:00:00Z;",
    "check if time($t), $t < 2030-01-01T00:00:00Z;",
  );
  expect(expiryOf(token)?.getUTCFullYear()).toBe(2029);
});
