/** What an ASCII character may be part of. Others are left to the patterns of `names.ts`. */
export const NAME_START = 1;
export const NAME_PART = 2;
export const WORD_PART = 4;
export const BLANK = 8;
export const OPERATOR_START = 16;
export const DIGIT = 32;

const LETTER = NAME_START | NAME_PART | WORD_PART;
/** Ranges of characters, and what they are part of. Not expressions: this is made whenever the library is loaded. */
const CLASSES: readonly (readonly [ranges: string, flags: number])[] = [
  ["AZaz__", LETTER],
  ["09", NAME_PART | WORD_PART | DIGIT],
  ["::", NAME_PART],
  ["  \t\t\n\n\r\r", BLANK],
  ["||&&==!!<<>>^^++--**//", OPERATOR_START],
];

const TABLE = new Uint8Array(128);
for (const [ranges, flags] of CLASSES) {
  for (let i = 0; i < ranges.length; i += 2) {
    TABLE.fill(flags, ranges.charCodeAt(i), ranges.charCodeAt(i + 1) + 1);
  }
}

/** Whether a UTF-16 unit is an ASCII character of one of these classes. False at the end, where the unit is not a number. */
export const isOf = (unit: number, classes: number): boolean =>
  unit < 128 && ((TABLE[unit] ?? 0) & classes) !== 0;
