import { BiscuitError } from "../errors/biscuit-error.ts";

/**
 * A signed 64-bit integer. The invariant that equality relies on: a `number` when it is a safe integer, a `bigint`
 * otherwise, never both forms of the same integer.
 */
export type Integer = number | bigint;

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** The integer of `value`, or `undefined` when it does not fit in 64 bits. */
export function toInteger(value: bigint): Integer | undefined {
  if (value < MIN || value > MAX) return undefined;
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value;
}

function checked(value: bigint): Integer {
  const integer = toInteger(value);
  if (integer === undefined) throw new BiscuitError("overflow", "the result is beyond 64 bits");
  return integer;
}

export function add(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return checked(BigInt(a) + BigInt(b));
}

export function subtract(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return checked(BigInt(a) - BigInt(b));
}

export function multiply(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    // Adding 0 turns -0 into 0.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return checked(BigInt(a) * BigInt(b));
}

/** Truncates towards zero, as the format's other implementations do. */
export function divide(a: Integer, b: Integer): Integer {
  if (b === 0) throw new BiscuitError("divide-by-zero", "division by zero");
  if (typeof a === "number" && typeof b === "number") return (a - (a % b)) / b + 0;
  return checked(BigInt(a) / BigInt(b));
}

type Bitwise = (a: bigint, b: bigint) => bigint;

/** Bitwise operation on two's complement; results of 64-bit operands always fit. */
function bitwise(a: Integer, b: Integer, operation: Bitwise): Integer {
  return checked(operation(BigInt(a), BigInt(b)));
}

const isInt32 = (value: Integer): value is number =>
  typeof value === "number" && (value | 0) === value;

export function bitAnd(a: Integer, b: Integer): Integer {
  return isInt32(a) && isInt32(b) ? a & b : bitwise(a, b, (x, y) => x & y);
}

export function bitOr(a: Integer, b: Integer): Integer {
  return isInt32(a) && isInt32(b) ? a | b : bitwise(a, b, (x, y) => x | y);
}

export function bitXor(a: Integer, b: Integer): Integer {
  return isInt32(a) && isInt32(b) ? a ^ b : bitwise(a, b, (x, y) => x ^ y);
}
