import type { Integer } from "../values/integer.ts";

const ENCODER = new TextEncoder();

/** Builds one protobuf message. Fields must be written in ascending order: that is the canonical form. */
export class MessageWriter {
  readonly #bytes: number[] = [];

  /** An unsigned number of at most 64 bits. */
  uint(field: number, value: Integer): this {
    this.#tag(field, 0);
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

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2);
    this.#varint(value.length);
    for (const byte of value) this.#bytes.push(byte);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, ENCODER.encode(value));
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: Integer): void {
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
