import type { Assertion } from "./ast.ts";
import { ASCII_WORD, WORD } from "./unicode-class.ts";

/** Stands for no character: before the text and after it. */
export const NONE = -1;
const [LF, CR] = [0x0a, 0x0d];

type Holds = (before: number, after: number, isWord: (point: number) => boolean) => boolean;

const HOLDS: Readonly<Record<Assertion, Holds>> = {
  "text-start": (before) => before === NONE,
  "text-end": (_, after) => after === NONE,
  "line-start": (before) => before === NONE || before === LF,
  "line-end": (_, after) => after === NONE || after === LF,
  "crlf-line-start": (before, after) =>
    before === NONE || before === LF || (before === CR && after !== LF),
  "crlf-line-end": (before, after) =>
    after === NONE || after === CR || (after === LF && before !== CR),
  word: (before, after, isWord) => isWord(before) !== isWord(after),
  "not-word": (before, after, isWord) => isWord(before) === isWord(after),
  "word-start": (before, after, isWord) => !isWord(before) && isWord(after),
  "word-end": (before, after, isWord) => isWord(before) && !isWord(after),
  "word-start-half": (before, _, isWord) => !isWord(before),
  "word-end-half": (_, after, isWord) => !isWord(after),
};

const isUnicodeWord = (point: number): boolean => point !== NONE && WORD.has(point);
const isAsciiWord = (point: number): boolean => point !== NONE && ASCII_WORD.has(point);

/** Whether an assertion holds between two characters. */
export function assertionHolds(
  assertion: Assertion,
  ascii: boolean,
  before: number,
  after: number,
): boolean {
  return HOLDS[assertion](before, after, ascii ? isAsciiWord : isUnicodeWord);
}
