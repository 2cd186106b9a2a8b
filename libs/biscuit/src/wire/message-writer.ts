import type { Integer } from "../values/integer.ts";

const ENCODER = new TextEncoder();

/**
 * Builds one protobuf message. Fields must be written in ascending order: that is the canonical form. Holds plain numbers,
 * since most messages have a few bytes, for which a typed array would cost more than what is in it.
 */
export class MessageWriter {
  readonly #bytes: number[] = [];

  /** An unsigned number of at most 64 bits. */
  uint(field: number, value: Integer): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  /** A signed number; negative ones take ten bytes of two's complement. */
  int64(field: number, value: Integer): this {
    return this.uint(field, value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
  }

  bool(field: number, value: boolean): this {
    return this.uint(field, value ? 1 : 0);
  }

  bytes(field: number, value: ArrayLike<number>): this {
    const { length } = value;
    this.#varint(field * 8 + 2);
    this.#varint(length);
    for (let i = 0; i < length; i++) this.#bytes.push(value[i] ?? 0);
    return this;
  }

  /** Most texts are short and ASCII, for which an encoder's call costs more than the text. */
  text(field: number, value: string): this {
    const { length } = value;
    const start = this.#bytes.length;
    this.#varint(field * 8 + 2);
    this.#varint(length);
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#bytes.length = start;
        return this.bytes(field, ENCODER.encode(value));
      }
      this.#bytes.push(unit);
    }
    return this;
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.#bytes);
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#bytes);
  }

  #varint(value: Integer): void {
    if (typeof value === "number" && value < 0x80) this.#bytes.push(value);
    else this.#longVarint(value);
  }

  #longVarint(value: Integer): void {
    let rest = value;
    while (typeof rest === "bigint") {
      this.#bytes.push(Number(rest & 0x7fn) | (rest >= 0x80n ? 0x80 : 0));
      rest >>= 7n;
      if (rest <= 0xffffffffn) rest = Number(rest);
      if (rest === 0) return;
    }
    while (rest >= 0x80) {
      this.#bytes.push((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.#bytes.push(rest);
  }
}
