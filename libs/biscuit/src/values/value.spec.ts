import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyValue } from "../datalog.fixture.ts";
import { codeOf } from "../error-code.fixture.ts";
import { fromJs } from "./from-js.ts";
import { compareText, utf8Length } from "./text.ts";
import { toJs } from "./to-js.ts";
import { compareValues, keyOf, sameValue, SetValue } from "./value.ts";

describe("values", () => {
  it("have one key exactly when they are equal", () => {
    fc.assert(
      fc.property(anyValue(3), anyValue(3), (a, b) => {
        expect(sameValue(a, b)).toBe(keyOf(a) === keyOf(b));
        expect(compareValues(a, b) === 0).toBe(sameValue(a, b));
        expect(Math.sign(compareValues(a, b))).toBe(-Math.sign(compareValues(b, a)) + 0);
      }),
    );
  });

  it("come back from JavaScript as they went", () => {
    fc.assert(
      fc.property(anyValue(3), (value) => {
        expect(sameValue(fromJs(toJs(value)), value)).toBe(true);
      }),
    );
  });

  it("cannot be imitated by strings that hold other values' keys", () => {
    expect(keyOf(SetValue.of(["a", "b"]))).not.toBe(keyOf(SetValue.of(["a,s1:b"])));
    expect(sameValue("i1", 1)).toBe(false);
  });

  it.each([
    ["a float", 1.5],
    ["an unsafe integer", 2 ** 53],
    ["a bigint beyond 64 bits", 2n ** 63n],
    ["undefined", undefined],
    ["a lone surrogate", "\ud800"],
    ["a date before 1970", new Date(-1)],
    ["an invalid date", new Date(Number.NaN)],
    ["a set of two types", new Set<unknown>([1, "a"])],
    ["a map with a boolean key", new Map([[true, 1]])],
    ["a function", () => 1],
    ["a plain object", { a: 1 }],
  ])("are not made from %s", (_, value) => {
    expect(codeOf(() => fromJs(value))).toBe("invalid-value");
  });
});

describe("text", () => {
  const anyText = fc
    .array(fc.constantFrom("a", "b", "é", "\u{7ff}", "\u{d7ff}", "\u{e000}", "\u{ffff}", "𝄞", "😀"))
    .map((characters) => characters.join(""));

  it("is measured in UTF-8 bytes and ordered by code points", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(utf8Length(a)).toBe(Buffer.byteLength(a));
        expect(Math.sign(compareText(a, b))).toBe(
          Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      }),
    );
  });
});
