import type { Lexeme, LexemeKind } from "./lex.ts";

const INDENT = "  ";

/** Whether a space stands between two signs of one line. */
function isSpaced(left: Lexeme, right: Lexeme): boolean {
  if (isComment(left) || isComment(right)) return true;
  if (NEVER_AFTER.has(left.kind) || NEVER_BEFORE.has(right.kind)) return false;
  return !(left.kind === "name" && right.kind === "open");
}

const NEVER_AFTER: ReadonlySet<LexemeKind> = new Set(["open", "dot", "prefix"]);
const NEVER_BEFORE: ReadonlySet<LexemeKind> = new Set(["close", "dot", "comma", "colon", "end"]);

export const isComment = ({ kind }: Lexeme): boolean =>
  kind === "line-comment" || kind === "block-comment";

/** A comment that needs more than a place within a line. */
const breaksLine = (lexeme: Lexeme): boolean =>
  isComment(lexeme) &&
  (lexeme.kind === "line-comment" || lexeme.isOnOwnLine || lexeme.text.includes("\n"));

/** The signs of one statement, its semicolon included, as one line, or as several when it is long or has comments. */
export function layOut(lexemes: readonly Lexeme[], width: number): string {
  if (!lexemes.some(breaksLine)) {
    const line = joined(lexemes);
    if (line.length <= width) return line;
  }
  return new Breaker().run(lexemes);
}

function joined(lexemes: readonly Lexeme[]): string {
  let line = "";
  for (const [i, lexeme] of lexemes.entries()) {
    const left = lexemes[i - 1];
    line += (left !== undefined && isSpaced(left, lexeme) ? " " : "") + lexeme.text;
  }
  return line;
}

type Role = "or" | "scope" | "begin" | "comma" | "inner";

/** What a sign outside of all brackets means for the lines. */
function roleOf({ kind, text }: Lexeme, depth: number): Role {
  if (depth > 0) return "inner";
  if (kind === "comma") return "comma";
  if (kind === "arrow") return "begin";
  if (kind !== "keyword") return "inner";
  if (text === "trusting") return "scope";
  if (text === "or") return "or";
  return text === "if" || text === "all" ? "begin" : "inner";
}

const BEGINS_BODY: ReadonlySet<Role> = new Set(["or", "begin"]);
const DEPTH: Partial<Record<LexemeKind, number>> = { open: 1, close: -1 };

/** Writes a statement over several lines: one element of a body a line, `or` on a line of its own. */
class Breaker {
  readonly #lines: string[] = [];
  #line: Lexeme[] = [];
  /** Whether what comes next, but for a comment on the same line, begins a line. */
  #isDue = false;
  #depth = 0;
  #hasBody = false;

  run(lexemes: readonly Lexeme[]): string {
    for (const lexeme of lexemes) {
      if (isComment(lexeme)) this.#comment(lexeme);
      else this.#sign(lexeme);
    }
    this.#flush();
    return this.#lines.join("\n");
  }

  #comment(comment: Lexeme): void {
    if (comment.isOnOwnLine) this.#flush();
    this.#line.push(comment);
    this.#isDue ||= breaksLine(comment);
  }

  #sign(lexeme: Lexeme): void {
    const role = roleOf(lexeme, this.#depth);
    const isScope = role === "scope" && this.#hasBody;
    if (this.#isDue || role === "or" || isScope) this.#flush();
    this.#line.push(lexeme);
    this.#depth += DEPTH[lexeme.kind] ?? 0;
    // Scopes stay on one line, and so do the terms of a fact.
    this.#hasBody = !isScope && (this.#hasBody || BEGINS_BODY.has(role));
    this.#isDue = this.#hasBody && (role === "comma" || BEGINS_BODY.has(role));
  }

  #flush(): void {
    this.#isDue = false;
    if (this.#line.length === 0) return;
    const isFirst = this.#lines.length === 0;
    const isOr = this.#line[0]?.kind === "keyword" && this.#line[0].text === "or";
    this.#lines.push((isFirst || isOr ? "" : INDENT) + joined(this.#line));
    this.#line = [];
  }
}
