import { toInteger } from "../../src/values/integer.ts";
import {
  ArrayValue,
  BytesValue,
  DateValue,
  type MapKey,
  MapValue,
  SetValue,
  type TypeName,
  type Value,
} from "../../src/values/value.ts";
import type { Random } from "../random.ts";

const EDGES = [
  0n,
  1n,
  -1n,
  2n ** 31n,
  2n ** 53n - 1n,
  2n ** 53n,
  -(2n ** 53n),
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const TEXTS = [
  "", "a", "b", "ab", "ba", "read", "write", "file1", "/a/b", "é", "𝄞", "ß", "K", "日本", "a b", "user", "x:y", "null", "true",
  "file[0-9]+", "^a.*$", "\u{10ffff}", "\u007f", "\u00a0",
] as const; // prettier-ignore
const DATES = [0, 1, 951_782_400, 1_577_836_800, 4_102_444_800, 253_402_300_799];

/** The types of scalars, which sets may hold. */
const SCALARS = ["integer", "string", "date", "bytes", "bool"] as const;

export function anyInteger(random: Random): number | bigint {
  if (random.chance(0.7)) return random.between(-3, 12);
  const edge = random.pick(EDGES) + BigInt(random.between(-2, 2));
  return toInteger(edge) ?? 7;
}

const scalars: Readonly<Record<(typeof SCALARS)[number], (random: Random) => Value>> = {
  integer: anyInteger,
  string: (random) => random.pick(TEXTS),
  date: (random) => new DateValue(random.pick(DATES)),
  // The reference parses no empty byte string.
  bytes: (random) => new BytesValue(random.bytes(random.between(1, 4))),
  bool: (random) => random.chance(0.5),
};

function anySet(random: Random): SetValue {
  const type = random.pick(SCALARS);
  // The reference reads {true} and {hex:ab} as parameters; with two elements they are sets.
  if (type === "bool") return SetValue.of(random.chance(0.5) ? [] : [true, false]);
  if (type === "bytes")
    return SetValue.of([new BytesValue(random.bytes(1)), new BytesValue(random.bytes(2))]);
  return SetValue.of(random.many(0, 4, () => scalars[type](random)));
}

function anyMap(random: Random, depth: number): MapValue {
  // The reference reads {} as a map in rules only, so facts never hold an empty one.
  const entries = random.many(1, 3, (): [MapKey, Value] => [
    random.chance(0.5) ? anyInteger(random) : random.pick(TEXTS),
    anyValue(random, depth - 1),
  ]);
  return MapValue.of(entries);
}

/** A value of a type. */
export function valueOf(type: TypeName, random: Random, depth = 2): Value {
  switch (type) {
    case "null":
      return null;
    case "set":
      return anySet(random);
    case "array":
      return new ArrayValue(random.many(0, 3, () => anyValue(random, depth - 1)));
    case "map":
      return anyMap(random, depth);
    default:
      return scalars[type](random);
  }
}

/** A value of any type; `depth` is how deep collections may nest. */
export function anyValue(random: Random, depth = 2): Value {
  if (depth <= 0 || random.chance(0.7))
    return valueOf(random.pick([...SCALARS, "integer", "string", "null"]), random);
  return valueOf(random.pick(["set", "array", "map"]), random, depth);
}
