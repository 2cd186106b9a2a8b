/** What an ASCII character may be part of. Others are left to the patterns of `names.ts`. */
export const NAME_START = 1;
export const NAME_PART = 2;
export const WORD_PART = 4;
export const BLANK = 8;
export const OPERATOR_START = 16;
export const DIGIT = 32;

const CLASSES: readonly (readonly [RegExp, number])[] = [
  [/[A-Za-z_]/, NAME_START],
  [/[A-Za-z0-9_:]/, NAME_PART],
  [/[A-Za-z0-9_]/, WORD_PART],
  [/[ \t\r\n]/, BLANK],
  [/[|&=!<>^+\-*/]/, OPERATOR_START],
  [/[0-9]/, DIGIT],
];

const TABLE: readonly number[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return CLASSES.reduce((flags, [set, flag]) => (set.test(character) ? flags | flag : flags), 0);
});

/** Whether a UTF-16 unit is an ASCII character of one of these classes. False at the end, where the unit is not a number. */
export const isOf = (unit: number, classes: number): boolean =>
  unit < 128 && ((TABLE[unit] ?? 0) & classes) !== 0;
