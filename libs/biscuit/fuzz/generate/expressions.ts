import { type Expression, Variable } from "../../src/datalog/ast.ts";
import type { BinaryOperator, UnaryOperator } from "../../src/datalog/operators.ts";
import type { TypeName, Value } from "../../src/values/value.ts";
import type { Random } from "../random.ts";
import { anyValue, valueOf } from "./values.ts";

/** What an expression may use and how it may go wrong. */
export interface ExpressionOptions {
  /** Variables in scope with their types; the type of some is not known. */
  readonly variables: readonly { readonly name: string; readonly type: TypeName | "any" }[];
  /** How often an operand has a type that the operator does not take. */
  readonly mistakes: number;
}

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
const COLLECTIONS = ["set", "array", "map"] as const;

/** Patterns that both sides know and that no property name decides. */
const PATTERNS = [
  "a",
  "^a",
  "b$",
  "[a-c]+",
  "(a|b)*",
  "\\d+",
  "\\w",
  "^$",
  "(",
  "file[0-9]",
  "(?i)K",
  ".",
] as const;

type Make = (random: Random, depth: number, options: ExpressionOptions) => Expression;

const term = (value: Value | Variable): Expression => ({ kind: "term", term: value });
const unary = (operator: UnaryOperator, operand: Expression): Expression => ({
  kind: "unary",
  operator,
  operand,
});
const binary = (operator: BinaryOperator, left: Expression, right: Expression): Expression => ({
  kind: "binary",
  operator,
  left,
  right,
});

const on =
  (operators: readonly BinaryOperator[], left: TypeName, right: TypeName): Make =>
  (random, depth, options) =>
    binary(
      random.pick(operators),
      operand(left, random, depth, options),
      operand(right, random, depth, options),
    );

const same: Make = (random, depth, options) => {
  const type = random.pick(TYPES);
  return on(["===", "!==", "==", "!="], type, type)(random, depth, options);
};
const different: Make = (random, depth, options) =>
  on(["==", "!="], random.pick(TYPES), random.pick(TYPES))(random, depth, options);

const lazy: Make = (random, depth, options) => ({
  kind: "lazy",
  operator: random.pick(["&&", "||"]),
  left: operand("bool", random, depth, options),
  right: operand("bool", random, depth, options),
});

const quantified: Make = (random, depth, options) => {
  const parameter = random.pick(["e", "f", "g"]);
  const variables = [
    ...options.variables.filter(({ name }) => name !== parameter),
    { name: parameter, type: "any" as const },
  ];
  return {
    kind: "quantifier",
    operator: random.pick(["all", "any"]),
    collection: operand(random.pick(COLLECTIONS), random, depth, options),
    // Shadowing is an error; it happens now and then, when two closures nest.
    parameter,
    body: operand("bool", random, depth, { ...options, variables }),
  };
};

const negation: Make = (random, depth, options) =>
  unary("!", operand("bool", random, depth, options));
const typeName: Make = (random, depth, options) =>
  unary("type", operand(random.pick(TYPES), random, depth, options));
const length: Make = (random, depth, options) =>
  unary(
    "length",
    operand(random.pick(["string", "bytes", "set", "array", "map"]), random, depth, options),
  );

const matches: Make = (random, depth, options) =>
  binary("matches", operand("string", random, depth, options), term(random.pick(PATTERNS)));

const setContains: Make = (random, depth, options) =>
  on(["contains"], "set", random.pick(["set", "integer", "string", "date", "bytes", "bool"]))(
    random,
    depth,
    options,
  );
const containsAny: Make = (random, depth, options) =>
  on(["contains"], random.pick(["array", "map"]), random.pick(TYPES))(random, depth, options);

const MAKERS: Readonly<Record<TypeName, readonly Make[]>> = {
  bool: [
    same, same, different, lazy, lazy, negation, quantified, quantified, matches, setContains, containsAny,
    on(["<", ">", "<=", ">="], "integer", "integer"),
    on(["<", ">", "<=", ">="], "date", "date"),
    on(["contains", "starts_with", "ends_with"], "string", "string"),
    on(["starts_with", "ends_with"], "array", "array"),
  ],
  integer: [on(["+", "-", "*", "/", "&", "|", "^"], "integer", "integer"), length],
  string: [on(["+"], "string", "string"), typeName],
  set: [on(["union", "intersection"], "set", "set")],
  date: [],
  bytes: [],
  null: [],
  array: [],
  map: [],
}; // prettier-ignore

/** Operations whose result may have any type. */
const ANY: readonly Make[] = [
  on(["get"], "array", "integer"),
  on(["get"], "map", "integer"),
  on(["get"], "map", "string"),
];

function leaf(type: TypeName, random: Random, { variables }: ExpressionOptions): Expression {
  const fitting = variables.filter(
    (variable) => variable.type === type || (variable.type === "any" && random.chance(0.5)),
  );
  if (fitting.length > 0 && random.chance(0.6))
    return term(new Variable(random.pick(fitting).name));
  return term(valueOf(type, random));
}

const isInfix = ({ kind }: Expression): boolean =>
  kind === "binary" || kind === "lazy" || kind === "unary";

/** An expression of a type, most of the time. */
function operand(
  type: TypeName,
  random: Random,
  depth: number,
  options: ExpressionOptions,
): Expression {
  const made = expressionOf(
    random.chance(options.mistakes) ? random.pick(TYPES) : type,
    random,
    depth - 1,
    options,
  );
  return isInfix(made) && random.chance(0.5) ? unary("()", made) : made;
}

/** An expression of a type, `depth` operations deep at most. */
export function expressionOf(
  type: TypeName,
  random: Random,
  depth: number,
  options: ExpressionOptions,
): Expression {
  if (depth <= 0) return leaf(type, random, options);
  const choice = random.below(20);
  if (choice === 0) return term(anyValue(random));
  if (choice === 1 && random.chance(4 * options.mistakes))
    return random.pick(ANY)(random, depth, options);
  if (choice === 2) {
    return {
      kind: "try",
      attempt: operand(type, random, depth, {
        ...options,
        mistakes: Math.min(1, options.mistakes * 4),
      }),
      fallback: operand(type, random, depth, options),
    };
  }
  const makers = MAKERS[type];
  return makers.length === 0 || choice < 5
    ? leaf(type, random, options)
    : random.pick(makers)(random, depth, options);
}
