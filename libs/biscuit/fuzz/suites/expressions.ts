import { referenceForm } from "../../src/policy/reference-form.ts";
import { definePolicy } from "../../src/policy/policy.ts";
import type { Expression } from "../../src/datalog/ast.ts";
import { partsOf } from "../../src/datalog/ast.ts";
import { parseRule } from "../../src/syntax/parse-program.ts";
import { printExpression } from "../../src/syntax/print-expression.ts";
import { Source } from "../../src/syntax/source.ts";
import { EXPRESSION_DIVERGENCES, explained } from "../divergences.ts";
import { expressionOf } from "../generate/expressions.ts";
import type { Random } from "../random.ts";
import type { Reference } from "../reference.ts";
import type { Suite, Verdict } from "../suite.ts";
import { attempt } from "./programs.ts";

/** One expression as text: what it is worth shows in which policies it makes match. */
export type ExpressionCase = string;

const LIMITS = { maxSteps: 20_000_000 };
const TYPES = [
  "integer",
  "string",
  "date",
  "bytes",
  "bool",
  "set",
  "null",
  "array",
  "map",
] as const;

/** Policies that tell values apart: by truth, by type, and by what the value equals. */
const policiesOf = (expression: string): string[] => [
  `allow if ${expression};`,
  `allow if (${expression}) == (${expression});`,
  ...TYPES.map((type) => `allow if (${expression}).type() === "${type}";`).slice(0, 2),
  `allow if (${expression}).try_or(false) == true;`,
  `allow if (${expression}).try_or("error") == "error";`,
];

function check(expression: ExpressionCase, reference: Reference): Verdict {
  const answers = policiesOf(expression).map((source) => {
    const theirs = reference.authorize(undefined, source);
    const ours = attempt(() =>
      referenceForm(definePolicy(source).authorize(undefined, { limits: LIMITS })),
    );
    return {
      ours: "value" in ours ? ours.value : { Err: ours.error },
      theirs: "value" in theirs ? { Ok: theirs.value } : { Err: theirs.error },
    };
  });
  const difference = {
    ours: answers.map(({ ours }) => ours),
    theirs: answers.map(({ theirs }) => theirs),
  };
  if (JSON.stringify(difference.ours) === JSON.stringify(difference.theirs)) return "agreed";
  return explained(EXPRESSION_DIVERGENCES, expression, difference, (changed) =>
    check(changed, reference),
  );
}

const parse = (text: string): Expression | undefined => {
  const rule = attempt(() => parseRule(Source.of(`h() <- b($none), ${text}`)));
  return "value" in rule ? rule.value.expressions[0] : undefined;
};

/** The expressions that this one is made of, each alone; those with variables of a closure mean nothing alone. */
function* shrink(text: ExpressionCase): Iterable<ExpressionCase> {
  const expression = parse(text);
  if (expression === undefined) return;
  for (const part of partsOf(expression)) {
    const printed = printExpression(part);
    if (parse(printed) !== undefined && printed.length < text.length) yield printed;
  }
}

function generate(random: Random): ExpressionCase {
  const type = random.chance(0.6) ? "bool" : random.pick(TYPES);
  return printExpression(
    expressionOf(type, random, random.between(1, 5), {
      variables: [],
      mistakes: random.pick([0, 0.02, 0.15]),
    }),
  );
}

/** Ground expressions of every operator and method: the same value, or the same error. */
export const expressions: Suite<ExpressionCase> = {
  name: "expressions",
  cases: 3000,
  generate,
  check,
  shrink,
};
