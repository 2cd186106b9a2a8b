import { parseProgram } from "../syntax/parse-program.ts";
import { Source } from "../syntax/source.ts";
import { isComment, layOut } from "./layout.ts";
import { lex, type Lexeme } from "./lex.ts";

/** Characters of a line before a statement is written over several. */
const DEFAULT_WIDTH = 100;

export interface FormatOptions {
  /** In UTF-16 units; 100 unless given. A single element of a body may be longer. */
  readonly width?: number;
}

const SEMICOLON: Lexeme = { kind: "end", text: ";", isOnOwnLine: false, isAfterGap: false };

/** A statement or a comment between statements. */
interface Item {
  readonly lexemes: readonly Lexeme[];
  readonly isComment: boolean;
}

/**
 * Source in one canonical form: one statement a line, long ones with one element of their body a line, single spaces,
 * keywords in small letters, comments where they were, at most one empty line in a row. Means the same as before, and is
 * left as it is when it is formatted again. Throws `syntax` and the like for source that does not parse.
 */
export function format(source: string, options: FormatOptions = {}): string {
  parseProgram(Source.open(source));
  const { width = DEFAULT_WIDTH } = options;
  return lines(itemsOf(lex(source)), width)
    .map((line) => `${line}\n`)
    .join("");
}

function itemsOf(lexemes: readonly Lexeme[]): Item[] {
  const items: Item[] = [];
  let statement: Lexeme[] = [];
  for (const lexeme of lexemes) {
    if (statement.length === 0 && isComment(lexeme)) {
      items.push({ lexemes: [lexeme], isComment: true });
    } else if (lexeme.kind === "end") {
      items.push(...endStatement(statement));
      statement = [];
    } else statement.push(lexeme);
  }
  return [...items, ...endStatement(statement)];
}

/** Comments between the last sign and the semicolon come after it. */
function endStatement(lexemes: readonly Lexeme[]): Item[] {
  const last = lexemes.findLastIndex((lexeme) => !isComment(lexeme));
  if (last === -1) return [];
  const statement = [...lexemes.slice(0, last + 1), SEMICOLON];
  const comments = lexemes.slice(last + 1);
  return [
    { lexemes: statement, isComment: false },
    ...comments.map((comment) => ({ lexemes: [comment], isComment: true })),
  ];
}

function lines(items: readonly Item[], width: number): string[] {
  const result: string[] = [];
  for (const [i, item] of items.entries()) {
    const [first] = item.lexemes;
    if (first === undefined) continue;
    const text = layOut(item.lexemes, width);
    // Behind a line comment nothing can follow on its line.
    const follows = item.isComment && !first.isOnOwnLine && i > 0 && isOpen(items[i - 1]);
    if (follows) result.push(`${result.pop() ?? ""} ${text}`);
    else result.push(...(first.isAfterGap ? [""] : []), text);
  }
  return result;
}

const isOpen = (item: Item | undefined): boolean => item?.lexemes[0]?.kind !== "line-comment";
