import { malformed } from "./malformed.ts";

const U64 = 2n ** 64n;

/** Walks a part of a message's bytes. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #end: number;
  /** Index of the next byte. */
  at: number;

  /** `end` must not be beyond the bytes. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
  }

  /** Goes on with another part of the same bytes. */
  move(start: number, end: number): void {
    this.at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.at >= this.#end;
  }

  /** A base-128 number of at most 64 bits; a bigint beyond 2^49, where the sum of parts could round. */
  varint(): number | bigint {
    const first = this.#bytes[this.at] ?? 0x80;
    // Most numbers are small; those at the end of the message take the long way, which says what is wrong.
    if (first < 0x80 && this.at < this.#end) {
      this.at++;
      return first;
    }
    let value = 0;
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return this.#longVarint(BigInt(value));
  }

  /** Passes over `length` bytes and gives the index of the first. */
  skip(length: number): number {
    const start = this.at;
    if (length > this.#end - start) throw malformed("a field reaches beyond its message");
    this.at = start + length;
    return start;
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

  #byte(): number {
    const byte = this.at < this.#end ? this.#bytes[this.at] : undefined;
    if (byte === undefined) throw malformed("the bytes are cut short");
    this.at++;
    return byte;
  }
}
