import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import { type Integer, toInteger } from "../values/integer.ts";

type Field =
  | { readonly kind: "varint"; readonly value: number | bigint }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "fixed" };

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const U64 = 2n ** 64n;

const malformed = (message: string): BiscuitError => new BiscuitError("malformed-token", message);

/** Walks the bytes of one protobuf message (proto2 wire format). */
class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** A base-128 number of at most 64 bits; a bigint beyond 2^49, where the sum of parts could round. */
  varint(): number | bigint {
    let value = 0;
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return this.#longVarint(BigInt(value));
  }

  #longVarint(low: bigint): bigint {
    let value = low;
    for (let i = 7n; i < 10n; i++) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << (7n * i);
      if (byte >= 0x80) continue;
      if (value >= U64) throw malformed("a number has more than 64 bits");
      return value;
    }
    throw malformed("a number has more than 64 bits");
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at)
      throw malformed("a field reaches beyond its message");
    const taken = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw malformed("the bytes are cut short");
    return byte;
  }
}

function readField(cursor: Cursor, wireType: number): Field {
  switch (wireType) {
    case 0:
      return { kind: "varint", value: cursor.varint() };
    case 1:
      cursor.take(8);
      return { kind: "fixed" };
    case 2:
      return { kind: "bytes", value: cursor.take(Number(cursor.varint())) };
    case 5:
      cursor.take(4);
      return { kind: "fixed" };
    default:
      throw malformed(`wire type ${wireType} is not used by this format`);
  }
}

/** Characters that cost as much as a field. */
const CHARACTERS_PER_FIELD = 64;

/** How many more fields a token may have: what decoding costs grows with them more than with bytes. */
export class FieldQuota {
  #left: number = LIMITS.fields;

  /** Throws `too-large` when they are used up. */
  spend(fields = 1): void {
    this.#left -= fields;
    if (this.#left >= 0) return;
    throw new BiscuitError("too-large", `more than ${LIMITS.fields} protobuf fields in one token`);
  }
}

/**
 * One decoded protobuf message. Stricter than protobuf: a field that may come once may not come twice, enumerations are
 * closed and strings are well-formed. Fields it is not asked for are ignored.
 */
export class MessageReader {
  readonly #name: string;
  readonly #quota: FieldQuota;
  /** In the order of the wire: nearly all messages have a handful, and a list costs less than a map. */
  readonly #numbers: number[] = [];
  readonly #fields: Field[] = [];

  /** `name` is the message's in the schema, for errors. Messages of one token share one quota. */
  constructor(name: string, bytes: Uint8Array, quota: FieldQuota = new FieldQuota()) {
    this.#name = name;
    this.#quota = quota;
    const cursor = new Cursor(bytes);
    while (!cursor.done) {
      const tag = Number(cursor.varint());
      const number = Math.floor(tag / 8);
      if (number < 1 || number > 0x1fffffff)
        throw malformed(`${name} has a field numbered ${number}`);
      quota.spend();
      this.#numbers.push(number);
      this.#fields.push(readField(cursor, tag % 8));
    }
  }

  /** Counts a text that a symbol stands for: a long one may be meant by every term of a token. */
  spendText(text: string): string {
    this.#quota.spend(text.length / CHARACTERS_PER_FIELD);
    return text;
  }

  has(number: number): boolean {
    return this.#numbers.includes(number);
  }

  /** The one of `numbers` that is there: a `oneof`. */
  oneOf(numbers: readonly number[]): number {
    let found: number | undefined;
    for (const number of this.#numbers) {
      if (number === found || !numbers.includes(number)) continue;
      if (found !== undefined)
        throw malformed(`${this.#name} holds more than one of its alternatives`);
      found = number;
    }
    if (found === undefined) throw malformed(`${this.#name} holds none of its alternatives`);
    return found;
  }

  bytes(number: number): Uint8Array {
    const field = this.#single(number);
    if (field.kind !== "bytes") throw this.#wrongType(number);
    return field.value;
  }

  message(number: number, name: string): MessageReader {
    return new MessageReader(name, this.bytes(number), this.#quota);
  }

  messages(number: number, name: string): MessageReader[] {
    return this.#repeated(number).map((bytes) => new MessageReader(name, bytes, this.#quota));
  }

  text(number: number): string {
    return this.#decode(this.bytes(number));
  }

  texts(number: number): string[] {
    return this.#repeated(number).map((bytes) => this.#decode(bytes));
  }

  uint64(number: number): Integer {
    const value = this.#varint(number);
    const narrow = Number(value);
    return Number.isSafeInteger(narrow) ? narrow : value;
  }

  int64(number: number): Integer {
    const value = this.#varint(number);
    const signed = typeof value === "number" ? value : toInteger(BigInt.asIntN(64, value));
    return signed ?? 0;
  }

  uint32(number: number): number {
    const value = Number(this.#varint(number));
    if (value > 0xffffffff) throw malformed(`${this.#name}: field ${number} has more than 32 bits`);
    return value;
  }

  /** Repeated 32-bit numbers, packed or not. */
  uint32s(number: number): number[] {
    return this.#all(number).flatMap((field) => {
      if (field.kind === "fixed") throw this.#wrongType(number);
      if (field.kind === "varint") return [Number(field.value)];
      const cursor = new Cursor(field.value);
      const values: number[] = [];
      while (!cursor.done) {
        this.#quota.spend();
        values.push(Number(cursor.varint()));
      }
      return values;
    });
  }

  /** Any number but 0 is true, as in every protobuf decoder. */
  bool(number: number): boolean {
    return BigInt(this.#varint(number)) !== 0n;
  }

  /** An enumeration whose values are numbered from 0. */
  enumeration<Item>(number: number, items: readonly Item[]): Item {
    const index = Number(this.#varint(number));
    const item = items[index];
    if (item === undefined)
      throw malformed(`${this.#name}: field ${number} has the unknown value ${index}`);
    return item;
  }

  #varint(number: number): number | bigint {
    const field = this.#single(number);
    if (field.kind !== "varint") throw this.#wrongType(number);
    return field.value;
  }

  #repeated(number: number): Uint8Array[] {
    return this.#all(number).map((field) => {
      if (field.kind !== "bytes") throw this.#wrongType(number);
      return field.value;
    });
  }

  #single(number: number): Field {
    const at = this.#numbers.indexOf(number);
    const field = this.#fields[at];
    if (field === undefined) throw malformed(`${this.#name} lacks its field ${number}`);
    if (this.#numbers.includes(number, at + 1))
      throw malformed(`${this.#name} has its field ${number} twice`);
    return field;
  }

  #all(number: number): Field[] {
    return this.#fields.filter((_, i) => this.#numbers[i] === number);
  }

  #decode(bytes: Uint8Array): string {
    try {
      return UTF8.decode(bytes);
    } catch (cause) {
      throw new BiscuitError("malformed-token", `${this.#name} holds text that is not UTF-8`, {
        cause,
      });
    }
  }

  #wrongType(number: number): BiscuitError {
    return malformed(`${this.#name}: field ${number} has the wrong wire type`);
  }
}
