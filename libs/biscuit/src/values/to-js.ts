import { BiscuitError } from "../errors/biscuit-error.ts";
import { BytesValue, type Composite, DateValue, MapValue, SetValue, type Value } from "./value.ts";

/** A term as JavaScript has it. Integers are always bigints, so that no code depends on their size. */
export type TermOutput =
  | string
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly TermOutput[]
  | ReadonlySet<TermOutput>
  | ReadonlyMap<string | bigint, TermOutput>;

/** The last moment that a JavaScript date can hold. */
const LAST_DATE_SECONDS = 8_640_000_000_000;

function fromDate({ seconds }: DateValue): Date {
  if (seconds <= LAST_DATE_SECONDS) return new Date(Number(seconds) * 1000);
  const message = `a date ${seconds} s after 1970 is beyond JavaScript's dates`;
  throw new BiscuitError("invalid-value", message);
}

const fromMap = ({ entries }: MapValue): TermOutput =>
  new Map(
    Array.from(entries, ([key, item]) => [typeof key === "string" ? key : BigInt(key), toJs(item)]),
  );

function fromComposite(value: Composite): TermOutput {
  if (value instanceof DateValue) return fromDate(value);
  if (value instanceof BytesValue) return Uint8Array.from(value.bytes);
  if (value instanceof MapValue) return fromMap(value);
  const elements = value.elements.map((element) => toJs(element));
  return value instanceof SetValue ? new Set(elements) : elements;
}

/** The JavaScript value of a term. Throws `invalid-value` for dates that JavaScript cannot hold. */
export function toJs(value: Value): TermOutput {
  if (typeof value === "number") return BigInt(value);
  return typeof value === "object" && value !== null ? fromComposite(value) : value;
}
