import { lazy } from "../values/lazy.ts";
import { lazyPattern, NAME_PATTERN, WORD_PATTERN } from "../values/lazy-pattern.ts";

/** One sign of a source, with what the layout has to know about it. */
export interface Lexeme {
  readonly kind: LexemeKind;
  /** As it is written out: keywords in small letters, the rest as it stands. */
  readonly text: string;
  /** Whether a line ends between the sign before it and this one. */
  readonly isOnOwnLine: boolean;
  /** Whether an empty line stands before it. */
  readonly isAfterGap: boolean;
}

export type LexemeKind =
  | "keyword"
  | "name"
  | "operand"
  | "prefix"
  | "infix"
  | "arrow"
  | "open"
  | "close"
  | "comma"
  | "colon"
  | "dot"
  | "end"
  | "line-comment"
  | "block-comment";

const BLANK = /[ \t\r\n]+/y;
const LINE_COMMENT = /\/\/[^\r\n]*/y;
const BLOCK_COMMENT = /\/\*(?:[^*]|\*(?!\/))*\*\//y;
const STATEMENT = lazyPattern(
  String.raw`(check)[ \t\r\n]+(if|all)(?![\p{L}\p{N}_])|(reject|allow|deny)[ \t\r\n]+(if)(?![\p{L}\p{N}_])`,
  "iuy",
);
const WORD = lazyPattern(NAME_PATTERN, "uy");
const INFIX = /\|\||&&|[=!]==?|[<>]=?|[\^|&+\-*/]/y;

/** Values, variables and keys: nothing in them may be touched. In this order, since they begin alike. */
const OPERANDS = lazy((): readonly RegExp[] => [
  /"(?:[^"\\]|\\[^])*"/uy,
  new RegExp(String.raw`\$${WORD_PATTERN}+`, "uy"),
  /\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)/y,
  /-?\d+/y,
  /hex:[0-9a-fA-F]*(?![ \t\r\n]*\()/y,
  /(?:ed25519|secp256r1)\/[0-9a-fA-F]*/y,
]);

const SINGLE: Readonly<Record<string, LexemeKind>> = {
  "(": "open", "[": "open", "{": "open", ")": "close", "]": "close", "}": "close",
  ",": "comma", ":": "colon", ".": "dot", ";": "end",
}; // prettier-ignore

/** After these an operand is over: what follows is an operator or a keyword. */
const ENDS_OPERAND: ReadonlySet<LexemeKind> = new Set(["operand", "close", "name"]);

/** Cuts a source that parses into its signs. What a sign is depends on what can stand at its place. */
class Lexer {
  readonly #text: string;
  #at = 0;
  #lexemes: Lexeme[] = [];
  /** Of the last sign that is no comment. */
  #last: LexemeKind = "end";
  #isFactOrRule = false;
  #gap = "\n";

  constructor(text: string) {
    this.#text = text;
  }

  run(): readonly Lexeme[] {
    while (this.#at < this.#text.length) this.#step();
    return this.#lexemes;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    if (match !== undefined) this.#at += match[0].length;
    return match;
  }

  #push(kind: LexemeKind, text: string): void {
    const isOnOwnLine = this.#gap.includes("\n");
    const isAfterGap = /\n[ \t\r]*\n/.test(this.#gap) && this.#lexemes.length > 0;
    this.#lexemes.push({ kind, text, isOnOwnLine, isAfterGap });
    this.#gap = "";
    if (kind !== "line-comment" && kind !== "block-comment") this.#last = kind;
  }

  #step(): void {
    const blank = this.#match(BLANK)?.[0];
    if (blank !== undefined) {
      this.#gap += blank;
      return;
    }
    if (this.#tryComment()) return;
    if (this.#last === "end" && this.#tryStatement()) return;
    if (ENDS_OPERAND.has(this.#last)) this.#afterOperand();
    else this.#operand();
  }

  #tryComment(): boolean {
    const line = this.#match(LINE_COMMENT)?.[0];
    const block = line === undefined ? this.#match(BLOCK_COMMENT)?.[0] : undefined;
    if (line !== undefined) this.#push("line-comment", line.trimEnd());
    if (block !== undefined) this.#push("block-comment", block);
    return line !== undefined || block !== undefined;
  }

  #tryStatement(): boolean {
    const words = this.#match(STATEMENT())
      ?.slice(1)
      .filter((word) => word !== undefined);
    this.#isFactOrRule = words === undefined;
    for (const word of words ?? []) this.#push("keyword", word.toLowerCase());
    return words !== undefined;
  }

  #operand(): void {
    if (this.#text[this.#at] === "!") {
      this.#at++;
      return this.#push("prefix", "!");
    }
    for (const pattern of OPERANDS()) {
      const operand = this.#match(pattern)?.[0];
      if (operand !== undefined) return this.#push("operand", operand);
    }
    const isFirst = this.#last === "end";
    const word = this.#match(WORD())?.[0];
    if (word === undefined) return this.#single();
    if (this.#isParenthesisNext()) return this.#push("name", word);
    // `trusting` of a whole block; elsewhere it follows an operand.
    this.#push(isFirst && word === "trusting" ? "keyword" : "operand", word);
  }

  /** Whether a parenthesis is next, comments and blanks aside. */
  #isParenthesisNext(): boolean {
    const start = this.#at;
    while (
      this.#match(BLANK) !== undefined ||
      this.#match(LINE_COMMENT) !== undefined ||
      this.#match(BLOCK_COMMENT) !== undefined
    );
    const isNext = this.#text[this.#at] === "(";
    this.#at = start;
    return isNext;
  }

  #afterOperand(): void {
    if (this.#last === "close" && this.#isFactOrRule && this.#text.startsWith("<-", this.#at)) {
      this.#at += 2;
      this.#isFactOrRule = false;
      return this.#push("arrow", "<-");
    }
    if (this.#text.startsWith("->", this.#at)) {
      this.#at += 2;
      return this.#push("arrow", "->");
    }
    const word = this.#match(WORD())?.[0];
    if (word !== undefined) return this.#push("keyword", word.toLowerCase());
    const infix = this.#match(INFIX)?.[0];
    if (infix !== undefined) return this.#push("infix", infix);
    this.#single();
  }

  #single(): void {
    const sign = this.#text[this.#at++] ?? "";
    this.#push(SINGLE[sign] ?? "operand", sign);
  }
}

/** The signs of a source that parses. */
export function lex(text: string): readonly Lexeme[] {
  return new Lexer(text).run();
}
