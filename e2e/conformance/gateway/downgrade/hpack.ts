/** Each character is a byte. */
export type Field = readonly [name: string, value: string];

/** Fields as literals that nobody indexes (RFC 7541 §6.2.2): every byte of them as it is. */
export const literals = (fields: readonly Field[]): Buffer =>
  Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** With a prefix of seven bits, the first bit being nought (RFC 7541 §5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** Of the static table (RFC 7541 appendix A), from index 8 on. */
const STATUSES = [200, 204, 206, 304, 400, 404, 500];
const STATUS_INDEX = 8;
/** Code and length in bits of each digit (RFC 7541 appendix B). */
const DIGITS: readonly (readonly [code: number, bits: number])[] = [
  [0x0, 5],
  [0x1, 5],
  [0x2, 5],
  [0x19, 6],
  [0x1a, 6],
  [0x1b, 6],
  [0x1c, 6],
  [0x1d, 6],
  [0x1e, 6],
  [0x1f, 6],
];

/** The status that a block of an answer's fields begins with, the first of its connection; undefined if it does not. */
export function statusOf(block: Buffer): number | undefined {
  let at = 0;
  // Changes of the table's size come before everything else (RFC 7541 §4.2).
  while (((block[at] ?? 0xff) & 0xe0) === 0x20) at += 1;
  const first = block[at] ?? 0;
  if (first & 0x80) return STATUSES[(first & 0x7f) - STATUS_INDEX];
  const index = first & (first & 0x40 ? 0x3f : 0x0f);
  const isStatus = index >= STATUS_INDEX && index < STATUS_INDEX + STATUSES.length;
  if (!isStatus) return undefined;
  const length = block[at + 1] ?? 0;
  const value = block.subarray(at + 2, at + 2 + (length & 0x7f));
  return Number(length & 0x80 ? digitsOf(value) : value.toString("latin1"));
}

function digitsOf(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (let at = 0; digits.length < 3;) {
    const digit = DIGITS.findIndex(([code, length]) =>
      bits.startsWith(code.toString(2).padStart(length, "0"), at),
    );
    if (digit < 0) return "";
    digits += digit;
    at += DIGITS[digit]?.[1] ?? 0;
  }
  return digits;
}
