import { BiscuitError } from "../errors/biscuit-error.ts";
import { malformed } from "./malformed.ts";
import { LIMITS } from "../limits.ts";
import { type Integer, toInteger } from "../values/integer.ts";
import { Cursor } from "./cursor.ts";
import { lazy } from "../values/lazy.ts";

const UTF8 = lazy(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }));

/** In place of the end of a byte string: what the field is instead. */
const VARINT = -1;
const FIXED = -2;
/** A number that stands among the `large` ones; its value is where. */
const LARGE = -3;

/** Entries of the table that a field takes. */
const FIELD = 3;

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
 * Where the fields of messages are that have been read from one byte string, each message's in a row. Shared by a message
 * and all in it, so that a message costs one small object: tokens are decoded on the way to each decision.
 */
class FieldTable {
  readonly bytes: Uint8Array;
  readonly quota: FieldQuota;
  /** Of each field in a row: its number, its value or where its bytes begin, and where they end. */
  readonly fields: number[] = [];
  /** Numbers beyond what `fields` can hold exactly. */
  readonly large: bigint[] = [];
  readonly #cursor: Cursor;

  constructor(bytes: Uint8Array, quota: FieldQuota) {
    this.bytes = bytes;
    this.quota = quota;
    this.#cursor = new Cursor(bytes, 0, 0);
  }

  /** Adds the fields between two places. */
  read(name: string, start: number, end: number): void {
    const cursor = this.#cursor;
    for (let at = start; at < end;) {
      const next = this.#readShortField(at, end);
      if (next > at) {
        at = next;
        continue;
      }
      cursor.move(at, end);
      this.#readField(name, cursor);
      at = cursor.at;
    }
  }

  /**
   * Most fields have a tag of one byte and a value or length of one or two. Gives where the next one begins, or `at` for others,
   * those with something wrong among them.
   */
  #readShortField(at: number, end: number): number {
    const { bytes } = this;
    const tag = bytes[at] ?? 0x80;
    const low = at + 1 < end ? (bytes[at + 1] ?? 0x80) : 0x80;
    if (tag >= 0x80 || tag < 8) return at;
    if (low < 0x80) return this.#addShortField(at, tag, low, at + 2, end);
    const high = at + 2 < end ? (bytes[at + 2] ?? 0x80) : 0x80;
    // The low byte, which says that it is not the last, has 0x80 too much for that.
    return high < 0x80 ? this.#addShortField(at, tag, low + ((high - 1) << 7), at + 3, end) : at;
  }

  /** `from`: behind the value. Gives what `#readShortField` does. */
  #addShortField(at: number, tag: number, value: number, from: number, end: number): number {
    const kind = tag & 7;
    if (kind !== 0 && (kind !== 2 || value > end - from)) return at;
    this.quota.spend();
    if (kind === 0) this.fields.push(tag >> 3, value, VARINT);
    else this.fields.push(tag >> 3, from, from + value);
    return kind === 0 ? from : from + value;
  }

  #readField(name: string, cursor: Cursor): void {
    const tag = Number(cursor.varint());
    const number = Math.floor(tag / 8);
    if (number < 1 || number > 0x1fffffff)
      throw malformed(`${name} has a field numbered ${number}`);
    this.quota.spend();
    switch (tag % 8) {
      case 0:
        this.#addVarint(number, cursor.varint());
        return;
      case 1:
      case 5:
        this.fields.push(number, cursor.skip(tag % 8 === 1 ? 8 : 4), FIXED);
        return;
      case 2:
        this.fields.push(number, cursor.skip(Number(cursor.varint())), cursor.at);
        return;
      default:
        throw malformed(`wire type ${tag % 8} is not used by this format`);
    }
  }

  #addVarint(number: number, value: number | bigint): void {
    if (typeof value === "number") this.fields.push(number, value, VARINT);
    else this.fields.push(number, this.large.push(value) - 1, LARGE);
  }
}

type Read<Item, Context> = (message: MessageReader, context: Context) => Item;
/** Of a message that is one number below 2^49, and so needs no reader: what it means in that field. Else `Read` is asked. */
type Quick<Item, Context> = (
  parent: MessageReader,
  context: Context,
  field: number,
  value: number,
) => Item | undefined;

/**
 * One decoded protobuf message (proto2 wire format). Stricter than protobuf: a field that may come once may not come twice,
 * enumerations are closed and strings are well-formed. Fields it is not asked for are ignored.
 */
export class MessageReader {
  readonly #name: string;
  readonly #table: FieldTable;
  /** Its fields in the table: from the first to before the last. */
  readonly #first: number;
  readonly #last: number;

  /** The table's fields from `first` on are the message's. */
  private constructor(name: string, table: FieldTable, first: number) {
    this.#name = name;
    this.#table = table;
    this.#first = first;
    this.#last = table.fields.length;
  }

  /** `name` is the message's in the schema, for errors. Messages of one token share one quota. */
  static of(name: string, bytes: Uint8Array, quota: FieldQuota = new FieldQuota()): MessageReader {
    const table = new FieldTable(bytes, quota);
    table.read(name, 0, bytes.length);
    return new MessageReader(name, table, 0);
  }

  /** Counts a text that a symbol stands for: a long one may be meant by every term of a token. */
  spendText(text: string): string {
    this.#table.quota.spend(text.length / CHARACTERS_PER_FIELD);
    return text;
  }

  has(number: number): boolean {
    return this.#find(number) >= 0;
  }

  /** The one of `numbers` that is there: a `oneof`. */
  oneOf(numbers: readonly number[]): number {
    const { fields } = this.#table;
    let present = 0;
    for (let at = this.#first; at < this.#last; at += FIELD) {
      const number = fields[at] ?? 0;
      if (number === present || !numbers.includes(number)) continue;
      if (present !== 0) throw malformed(`${this.#name} holds more than one of its alternatives`);
      present = number;
    }
    if (present === 0) throw malformed(`${this.#name} holds none of its alternatives`);
    return present;
  }

  /** A view of the bytes of the token. */
  bytes(number: number): Uint8Array {
    const at = this.#bytesAt(this.#single(number));
    const { bytes, fields } = this.#table;
    return bytes.subarray(fields[at + 1], fields[at + 2]);
  }

  message(number: number, name: string): MessageReader {
    return new MessageReader(name, this.#table, this.#open(this.#single(number), name));
  }

  /** What comes of the message with that number: see `each`. */
  one<Item, Context>(
    number: number,
    name: string,
    read: Read<Item, Context>,
    context: Context,
    quick?: Quick<Item, Context>,
  ): Item {
    return this.#read(this.#single(number), name, read, context, quick);
  }

  /** How many fields have that number. */
  count(number: number): number {
    let count = 0;
    for (let at = this.#find(number); at >= 0; at = this.#find(number, at + FIELD)) count++;
    return count;
  }

  /** What `read` makes of each message with that number; `quick`, if given, is asked first. Both are given `context`. */
  each<Item, Context>(
    number: number,
    name: string,
    read: Read<Item, Context>,
    context: Context,
    quick?: Quick<Item, Context>,
  ): Item[] {
    const items: Item[] = [];
    for (let at = this.#find(number); at >= 0; at = this.#find(number, at + FIELD)) {
      items.push(this.#read(at, name, read, context, quick));
    }
    return items;
  }

  #read<Item, Context>(
    at: number,
    name: string,
    read: Read<Item, Context>,
    context: Context,
    quick: Quick<Item, Context> | undefined,
  ): Item {
    const first = this.#open(at, name);
    const { fields } = this.#table;
    const isNumber = fields.length === first + FIELD && fields[first + 2] === VARINT;
    const item = isNumber
      ? quick?.(this, context, fields[first] ?? 0, fields[first + 1] ?? 0)
      : undefined;
    return item ?? read(new MessageReader(name, this.#table, first), context);
  }

  text(number: number): string {
    return this.#textAt(this.#single(number));
  }

  texts(number: number): string[] {
    const texts: string[] = [];
    for (let at = this.#find(number); at >= 0; at = this.#find(number, at + FIELD)) {
      texts.push(this.#textAt(at));
    }
    return texts;
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
    const values: number[] = [];
    for (let at = this.#find(number); at >= 0; at = this.#find(number, at + FIELD)) {
      if (this.#isVarint(at)) values.push(Number(this.#valueAt(at)));
      else this.#readPacked(this.#bytesAt(at), values);
    }
    return values;
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

  #readPacked(at: number, values: number[]): void {
    const { bytes, fields } = this.#table;
    const cursor = new Cursor(bytes, fields[at + 1] ?? 0, fields[at + 2] ?? 0);
    while (!cursor.done) {
      this.#table.quota.spend();
      values.push(Number(cursor.varint()));
    }
  }

  /** Index of the first field with that number, from `from` on; -1 when there is none. */
  #find(number: number, from: number = this.#first): number {
    const { fields } = this.#table;
    for (let at = from; at < this.#last; at += FIELD) if (fields[at] === number) return at;
    return -1;
  }

  #single(number: number): number {
    const at = this.#find(number);
    if (at < 0) throw malformed(`${this.#name} lacks its field ${number}`);
    if (this.#find(number, at + FIELD) >= 0)
      throw malformed(`${this.#name} has its field ${number} twice`);
    return at;
  }

  #varint(number: number): number | bigint {
    const at = this.#single(number);
    if (!this.#isVarint(at)) throw this.#wrongType(at);
    return this.#valueAt(at);
  }

  #isVarint(at: number): boolean {
    const end = this.#table.fields[at + 2];
    return end === VARINT || end === LARGE;
  }

  #valueAt(at: number): number | bigint {
    const { fields, large } = this.#table;
    const value = fields[at + 1] ?? 0;
    return fields[at + 2] === LARGE ? (large[value] ?? 0) : value;
  }

  /** `at`, when that field is a byte string. */
  #bytesAt(at: number): number {
    if ((this.#table.fields[at + 2] ?? FIXED) < 0) throw this.#wrongType(at);
    return at;
  }

  /** Reads the fields of the message in a field, and gives the first one's place. */
  #open(at: number, name: string): number {
    this.#bytesAt(at);
    const { fields } = this.#table;
    const first = fields.length;
    this.#table.read(name, fields[at + 1] ?? 0, fields[at + 2] ?? 0);
    return first;
  }

  #textAt(at: number): string {
    this.#bytesAt(at);
    const { fields } = this.#table;
    return this.#decode(fields[at + 1] ?? 0, fields[at + 2] ?? 0);
  }

  /** Symbols are short and most are ASCII, for which a decoder's call costs more than the text. */
  #decode(start: number, end: number): string {
    const { bytes } = this.#table;
    if (end - start > 32) return this.#decodeUtf8(start, end);
    let text = "";
    for (let i = start; i < end; i++) {
      const byte = bytes[i] ?? 0x80;
      if (byte >= 0x80) return this.#decodeUtf8(start, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #decodeUtf8(start: number, end: number): string {
    try {
      return UTF8().decode(this.#table.bytes.subarray(start, end));
    } catch (cause) {
      throw new BiscuitError("malformed-token", `${this.#name} holds text that is not UTF-8`, {
        cause,
      });
    }
  }

  #wrongType(at: number): BiscuitError {
    return malformed(`${this.#name}: field ${this.#table.fields[at]} has the wrong wire type`);
  }
}
