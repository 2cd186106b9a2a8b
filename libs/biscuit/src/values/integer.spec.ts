import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyInteger } from "../datalog.fixture.ts";
import { codeOf } from "../error-code.fixture.ts";
import {
  add,
  bitAnd,
  bitOr,
  bitXor,
  divide,
  type Integer,
  multiply,
  subtract,
  toInteger,
} from "./integer.ts";

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

describe("64-bit integers", () => {
  const operations: readonly [
    string,
    (a: Integer, b: Integer) => Integer,
    (a: bigint, b: bigint) => bigint,
  ][] = [
    ["add", add, (a, b) => a + b],
    ["subtract", subtract, (a, b) => a - b],
    ["multiply", multiply, (a, b) => a * b],
    ["bitAnd", bitAnd, (a, b) => a & b],
    ["bitOr", bitOr, (a, b) => a | b],
    ["bitXor", bitXor, (a, b) => a ^ b],
  ];

  const outcome = (run: () => Integer): Integer | string => {
    const code = codeOf(run);
    return code === "no error" ? run() : code;
  };

  it.each(operations)("%s is exact, or an overflow", (_, operation, exact) => {
    fc.assert(
      fc.property(anyInteger, anyInteger, (a, b) => {
        const wanted = toInteger(exact(BigInt(a), BigInt(b))) ?? "overflow";
        expect(outcome(() => operation(a, b))).toBe(wanted);
      }),
    );
  });

  it("divides towards zero, exactly", () => {
    fc.assert(
      fc.property(
        anyInteger,
        anyInteger.filter((b) => b !== 0 && b !== -1),
        (a, b) => {
          expect(divide(a, b)).toBe(toInteger(BigInt(a) / BigInt(b)));
        },
      ),
    );
  });

  it("never gives -0, which would be another key of a map", () => {
    expect(
      [multiply(0, -5), divide(0, -5), divide(-1, 2)].map((value) => Object.is(value, 0)),
    ).toEqual([true, true, true]);
  });

  it("refuses what does not fit in 64 bits", () => {
    expect(codeOf(() => add(MAX, 1))).toBe("overflow");
    expect(codeOf(() => subtract(MIN, 1))).toBe("overflow");
    expect(codeOf(() => divide(MIN, -1))).toBe("overflow");
    expect(codeOf(() => divide(1, 0))).toBe("divide-by-zero");
    expect(add(MAX - 1n, 1)).toBe(MAX);
  });
});
