import type { Random } from "../random.ts";
import { type RawField, readFields, writeFields, writeVarint } from "../protobuf.ts";

export interface MutationCase {
  readonly root: "ed25519" | "secp256r1";
  /** `token`: bytes of a whole token. `datalog`: bytes of an authority block, which is signed before it is read. */
  readonly kind: "token" | "datalog";
  readonly hex: string;
}

const flipBit = (byte: number, random: Random): number => byte ^ (1 << random.below(8));

/** One change of bytes, whatever they mean. `other` is what splices come from. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  switch (random.below(7)) {
    case 0:
    case 1:
      return bytes.map((byte, i) => (i === at ? flipBit(byte, random) : byte));
    case 2:
      return bytes.map((byte, i) => (i === at ? random.below(256) : byte));
    case 3:
      return bytes.slice(0, at);
    case 4:
      return Uint8Array.from([
        ...bytes.slice(0, at),
        ...random.bytes(random.between(1, 4)),
        ...bytes.slice(at),
      ]);
    case 5:
      return Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + random.between(1, 8))]);
    default: {
      const from = random.below(other.length + 1);
      return Uint8Array.from([
        ...bytes.slice(0, at),
        ...other.slice(from, from + random.below(80)),
        ...bytes.slice(at),
      ]);
    }
  }
}

const swapped = <Item>(items: readonly Item[], a: number, b: number): Item[] =>
  items.map((item, i) => (i === a ? (items[b] ?? item) : i === b ? (items[a] ?? item) : item));

const varintField = (number: number, value: number): RawField => ({
  number,
  wireType: 0,
  value: Uint8Array.from(writeVarint(value)),
});

/** One change of the fields of one message: repeated, left out, exchanged, renumbered, given another value. */
function mutateHere(fields: readonly RawField[], random: Random): RawField[] {
  const at = random.below(Math.max(1, fields.length));
  const field = fields[at] ?? varintField(1, 0);
  switch (random.below(9)) {
    case 0:
      return [...fields, field];
    case 1:
      return fields.toSpliced(at, 0, field);
    case 2:
      return fields.toSpliced(at, 1);
    case 3:
      return swapped(fields, at, random.below(fields.length));
    case 4:
      return fields.toSpliced(at, 1, {
        ...field,
        number: Math.max(1, field.number + random.pick([-1, 1, 2, 16])),
      });
    case 5:
      return [...fields, varintField(random.between(1, 20), random.below(300))];
    case 6:
      return fields.toSpliced(
        at,
        1,
        varintField(
          field.number,
          random.pick([0, 1, 2, 3, 5, 27, 28, 29, 30, 1023, 1024, 1030, 2 ** 31, 2 ** 32]),
        ),
      );
    case 7:
      return [
        ...fields,
        { number: random.between(1, 20), wireType: 2, value: random.bytes(random.below(4)) },
      ];
    default:
      return fields.toSpliced(at, 1, { ...field, value: mutateValue(field.value, random) });
  }
}

const mutateValue = (value: Uint8Array, random: Random): Uint8Array =>
  value.length === 0
    ? random.bytes(1)
    : value.map((byte, i) =>
        i === value.length - 1 ? (byte ^ (1 << random.below(7))) & 0x7f : byte,
      );

/** One change of a message's fields, at any depth of messages within messages. */
export function mutateFields(message: Uint8Array, random: Random): Uint8Array {
  const fields = readFields(message);
  if (fields === undefined || fields.length === 0) return mutateBytes(message, message, random);
  const inner = fields
    .map((field, i) => ({ field, i }))
    .filter(({ field }) => field.wireType === 2 && field.value.length > 0);
  if (inner.length > 0 && random.chance(0.75)) {
    const { field, i } = random.pick(inner);
    return writeFields(fields.with(i, { ...field, value: mutateFields(field.value, random) }));
  }
  return writeFields(mutateHere(fields, random));
}
