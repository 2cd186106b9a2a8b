/** A field of a protobuf message as bytes, whatever it means: what mutations move about. */
export interface RawField {
  readonly number: number;
  readonly wireType: number;
  /** Of wire type 2 the content, else the bytes of the value itself. */
  readonly value: Uint8Array;
}

function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return undefined;
}

function readField(bytes: Uint8Array, at: number): { field: RawField; end: number } | undefined {
  const tag = readVarint(bytes, at);
  if (tag === undefined) return undefined;
  const [number, wireType] = [Math.floor(tag.value / 8), tag.value % 8];
  const varint = wireType === 0 || wireType === 2 ? readVarint(bytes, tag.end) : undefined;
  if (varint === undefined) return undefined;
  if (wireType === 0)
    return {
      field: { number, wireType, value: bytes.slice(tag.end, varint.end) },
      end: varint.end,
    };
  const end = varint.end + varint.value;
  if (end > bytes.length) return undefined;
  return { field: { number, wireType, value: bytes.slice(varint.end, end) }, end };
}

/** The fields of a message in their order, or `undefined` when the bytes are no message of varints and byte strings. */
export function readFields(bytes: Uint8Array): RawField[] | undefined {
  const fields: RawField[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = readField(bytes, at);
    if (found === undefined) return undefined;
    fields.push(found.field);
    at = found.end;
  }
  return fields;
}

export function writeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** The message that holds the fields in that order. */
export function writeFields(fields: readonly RawField[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(({ number, wireType, value }) => [
      ...writeVarint(number * 8 + wireType),
      ...(wireType === 2 ? writeVarint(value.length) : []),
      ...value,
    ]),
  );
}
