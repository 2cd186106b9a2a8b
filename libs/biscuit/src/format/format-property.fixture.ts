import fc from "fast-check";
import { anyBlock } from "../datalog.fixture.ts";
import type { BlockContent, Program } from "../datalog/ast.ts";
import { parseProgram } from "../syntax/parse-program.ts";
import { printBlock, printPolicy } from "../syntax/print-statement.ts";
import { Source } from "../syntax/source.ts";
import { format } from "./format.ts";
import { lex, type Lexeme } from "./lex.ts";

const parse = (source: string): Program => parseProgram(Source.open(source));

/** What may stand between any two signs, but around the dot of a method. */
const blank = fc.constantFrom(
  "", "", "", " ", " ", "\n", "  \n\n ", "\t", "\r\n", " // note\n", "\n// own line; check if a(1)\n", " /* in line */ ",
  "\n/* two\n   lines */", "//\n", "/**/", "\n\n\n", "/* ; */\n", ' // "open\n',
); // prettier-ignore

const withPolicies = fc
  .tuple(anyBlock, fc.array(anyBlock, { maxLength: 2 }))
  .map(([block, others]) => {
    const policies = others.flatMap(({ checks }, i) =>
      checks.map(({ queries }) => printPolicy({ kind: i === 0 ? "allow" : "deny", queries })),
    );
    return printBlock(block) + policies.map((policy) => `${policy};\n`).join("");
  });

/** Two signs that would be read as one without a blank. */
const mustPart = (left: string, right: string): boolean =>
  /[\p{L}\p{N}_:$]$/u.test(left) && /^[\p{L}\p{N}_:$]/u.test(right);

/** Signs that need blanks for their own sake, or do in some company. */
const STANDS_ALONE: ReadonlySet<string> = new Set(["keyword", "infix", "arrow"]);

function between(left: Lexeme | undefined, right: Lexeme, blanks: string): string {
  if (left === undefined) return blanks;
  // A method's dot stands right between its neighbours.
  if (left.kind === "dot" || right.kind === "dot") return "";
  const isSlash = left.text.endsWith("/") && blanks.startsWith("/");
  const needsBlank =
    blanks === "" &&
    (mustPart(left.text, right.text) ||
      STANDS_ALONE.has(left.kind) ||
      STANDS_ALONE.has(right.kind));
  return needsBlank || isSlash ? ` ${blanks}` : blanks;
}

function spread(source: string, blanks: readonly string[], isUpper: boolean): string {
  const lexemes = lex(source);
  return lexemes
    .map((lexeme, i) => {
      const { text, kind } = lexeme;
      const isAnyCase = isUpper && kind === "keyword" && text !== "trusting";
      const before = between(lexemes[i - 1], lexeme, blanks[i % blanks.length] ?? "");
      return before + (isAnyCase ? text.toUpperCase() : text);
    })
    .join("");
}

/** Sources of every statement there is, written as untidily as the grammar lets. */
export const anySource: fc.Arbitrary<string> = fc
  .tuple(withPolicies, fc.array(blank, { minLength: 1, maxLength: 40 }), fc.boolean())
  .map(([source, blanks, upper]) => spread(source, blanks, upper));

const comments = (source: string): string[] =>
  lex(source).flatMap(({ kind, text }) => (kind.endsWith("comment") ? [text] : []));

/** Everything of two programs that has a meaning. */
const meaning = (program: BlockContent): string =>
  JSON.stringify(program, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof Map) return [...value];
    return value;
  });

/** What is wrong with how a source is formatted; `undefined` when nothing is. */
export function formatFault(source: string, width: number): string | undefined {
  const formatted = format(source, { width });
  if (meaning(parse(formatted)) !== meaning(parse(source)))
    return `means something else:\n${formatted}`;
  if (format(formatted, { width }) !== formatted) {
    return `changes when formatted again:\n${formatted}\n---\n${format(formatted, { width })}`;
  }
  if (comments(formatted).join() !== comments(source).join())
    return `lost a comment:\n${formatted}`;
  return undefined;
}

/** Throws when any of `runs` random sources is formatted to something else than it means, not stably, or without a comment. */
export function checkFormatter(runs: number, seed: number): void {
  fc.assert(
    fc.property(anySource, fc.constantFrom(20, 60, 100), (source, width) => {
      const fault = formatFault(source, width);
      if (fault !== undefined) throw new Error(fault);
    }),
    { numRuns: runs, seed },
  );
}
