import type { Check } from "../src/datalog/ast.ts";
import { TokenData } from "../src/token/token-data.ts";
import { fromHex } from "../src/values/hex.ts";
import { readBlock } from "../src/wire/block-codec.ts";
import { readEnvelope } from "../src/wire/envelope.ts";
import { SymbolTable } from "../src/wire/symbols.ts";
import type { MutationCase } from "./generate/mutations.ts";
import type { PatternCase } from "./generate/patterns.ts";
import type { ProgramCase, Statements } from "./generate/programs.ts";
import { isDifference, type Difference, type Verdict } from "./suite.ts";
import { parseProgram } from "../src/syntax/parse-program.ts";
import { printCheck } from "../src/syntax/print-statement.ts";
import { Source } from "../src/syntax/source.ts";

/**
 * A known difference from the reference implementation; DIVERGENCES.md tells what and why under the same name. A
 * difference falls under it when the case has what it is about and both sides agree once that is written another way, so
 * that no other difference hides behind it.
 */
export interface Divergence<Case> {
  readonly name: string;
  /** Whether the case has it, by itself and by what both sides said. */
  applies(each: Case, difference: Difference): boolean;
  /** The case without it, on which both sides must agree; none where `applies` says all there is to say. */
  readonly rewrite?: (each: Case) => Case;
}

/** The divergence that a difference falls under, or the difference. */
export function explained<Case>(
  divergences: readonly Divergence<Case>[],
  each: Case,
  difference: Difference,
  again: (each: Case) => Verdict,
): Verdict {
  const found = divergences.find(
    (divergence) =>
      divergence.applies(each, difference) &&
      (divergence.rewrite === undefined || !isDifference(again(divergence.rewrite(each)))),
  );
  return found === undefined ? difference : { divergence: found.name };
}

const REJECT = /^reject if /i;
/** Each alternative of a `reject if` as a statement of its own. */
function splitRejects(statements: Statements): Statements {
  return statements.flatMap((statement) => {
    if (!REJECT.test(statement)) return [statement];
    return parseProgram(Source.of(statement)).checks.flatMap(({ queries }) =>
      queries.map((query) => printCheck({ kind: "reject", queries: [query] })),
    );
  });
}

const eachBlock = (
  each: ProgramCase,
  change: (statements: Statements) => Statements,
): ProgramCase => ({
  blocks: each.blocks.map((block) => ({ ...block, statements: change(block.statements) })),
  authorizer: change(each.authorizer),
});
const splitAllRejects = (each: ProgramCase): ProgramCase => eachBlock(each, splitRejects);
const countOf = (each: ProgramCase): number =>
  [...each.blocks.map(({ statements }) => statements), each.authorizer].flat().length;

/** Every error that the text of both sides' answers names. */
const executionErrors = (answers: unknown): ReadonlySet<string> =>
  new Set(
    Array.from(JSON.stringify(answers).matchAll(/"Execution":"(\w+)"/g), ([, name = ""]) => name),
  );

const allStatements = ({ blocks, authorizer }: ProgramCase): readonly string[] => [
  ...blocks.flatMap(({ statements }) => statements),
  ...authorizer,
];

export const PROGRAM_DIVERGENCES: readonly Divergence<ProgramCase>[] = [
  {
    name: "reject-if-or",
    applies: (each) => countOf(splitAllRejects(each)) > countOf(each),
    rewrite: splitAllRejects,
  },
  {
    name: "smallest-integer-divided",
    applies: (each, { ours, theirs }) =>
      allStatements(each).some((statement) => statement.includes("/")) &&
      executionErrors(ours).has("Overflow") &&
      executionErrors(theirs).has("DivideByZero"),
  },
];

export const EXPRESSION_DIVERGENCES: readonly Divergence<string>[] = [];

export const PATTERN_DIVERGENCES: readonly Divergence<PatternCase>[] = [
  {
    name: "property-with-not-equal",
    applies: ({ pattern }, { ours }) =>
      pattern.includes("!=") && JSON.stringify(ours).includes("unsupported-regex"),
  },
  {
    name: "unknown-unicode-property",
    applies: ({ pattern }, { ours }) =>
      /\\p/i.test(pattern) && JSON.stringify(ours).includes("unsupported-regex"),
  },
];

const REFUSED = '"fate":"refused"';

/** Where we refuse what the reference takes: the reason that our side gives tells which strictness it is. */
const stricter = (name: string, reason: RegExp): Divergence<MutationCase> => ({
  name,
  applies: (_, { ours, theirs }) => {
    const here = JSON.stringify(ours);
    return here.includes(REFUSED) && !JSON.stringify(theirs).includes(REFUSED) && reason.test(here);
  },
});

/** The Datalog of a mutated block, when it can be read. */
function checksOf({ kind, hex }: MutationCase): readonly Check[] {
  try {
    const bytes = fromHex(hex) ?? new Uint8Array();
    const blocks =
      kind === "token"
        ? new TokenData(readEnvelope(bytes)).blocks
        : [readBlock(bytes, SymbolTable.empty(), false)];
    return blocks.flatMap(({ content }) => content.checks);
  } catch {
    return [];
  }
}

export const MUTATION_DIVERGENCES: readonly Divergence<MutationCase>[] = [
  stricter("version-3-with-newer", /a block of version 3 uses what only version 6 has/),
  stricter("field-twice", /has its field \d+ twice|holds more than one of its alternatives/),
  stricter("field-missing", /lacks its field \d+|holds none of its alternatives/),
  stricter("symbol-twice-in-block", /"symbol-overlap: /),
  stricter("variable-as-value", /a variable stands where only values may/),
  stricter(
    "number-beyond-its-type",
    /has the unknown value \d{8,}|more than 32 bits|no public key has the index \d{8,}/,
  ),
  stricter("expression-not-well-formed", /an expression is not well-formed/),
  {
    name: "key-off-its-curve",
    applies: (_, { ours, theirs }) =>
      JSON.stringify(theirs).includes('"InvalidKey"') && !JSON.stringify(ours).includes("refused"),
  },
  {
    name: "reject-if-or",
    applies: (each) =>
      checksOf(each).some(({ kind, queries }) => kind === "reject" && queries.length > 1),
  },
];
