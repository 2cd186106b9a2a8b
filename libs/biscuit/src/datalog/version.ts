import { type Value } from "../values/value.ts";
import {
  type BlockContent,
  type Expression,
  type ExpressionVisitor,
  partsOf,
  type Predicate,
  type Query,
  type Term,
  visit,
} from "./ast.ts";
import { type BinaryOperator, MIN_VERSION, VERSION_3_1, VERSION_3_3 } from "./operators.ts";

/**
 * Which features count. A writer counts all. A reader does not count arrays and maps, whatever is in them, nor `get`: the
 * reference implementation writes them in blocks of any version.
 */
export type VersionUse = "write" | "read";

const OPERATOR_VERSIONS: Partial<Record<BinaryOperator, number>> = {
  "&": VERSION_3_1,
  "|": VERSION_3_1,
  "^": VERSION_3_1,
  "!==": VERSION_3_1,
  "==": VERSION_3_3,
  "!=": VERSION_3_3,
};

const highest = (versions: Iterable<number>): number => {
  let version = MIN_VERSION;
  for (const each of versions) version = Math.max(version, each);
  return version;
};

function ofValues(values: Iterable<Value>, use: VersionUse): number {
  return highest(Array.from(values, (value) => ofTerm(value, use)));
}

function ofTerm(term: Term, use: VersionUse): number {
  if (term === null) return VERSION_3_3;
  if (typeof term !== "object") return MIN_VERSION;
  if (term.type === "set") return ofValues(term.elements, use);
  if (term.type !== "array" && term.type !== "map") return MIN_VERSION;
  return use === "write" ? VERSION_3_3 : MIN_VERSION;
}

/** Of an operation itself, without its operands. */
const OWN_VERSIONS: ExpressionVisitor<VersionUse, number> = {
  term: ({ term }, use) => ofTerm(term, use),
  unary: ({ operator }) => (operator === "type" ? VERSION_3_3 : MIN_VERSION),
  binary: ({ operator }, use) =>
    operator === "get" && use === "write"
      ? VERSION_3_3
      : (OPERATOR_VERSIONS[operator] ?? MIN_VERSION),
  lazy: () => VERSION_3_3,
  quantifier: () => VERSION_3_3,
  try: () => VERSION_3_3,
  extern: () => VERSION_3_3,
};

function ofExpression(expression: Expression, use: VersionUse): number {
  const own = visit(expression, OWN_VERSIONS, use);
  return highest([own, ...partsOf(expression).map((part) => ofExpression(part, use))]);
}

const ofPredicate = (predicate: Predicate, use: VersionUse): number =>
  highest(predicate.terms.map((term) => ofTerm(term, use)));

function ofQuery(query: Query, use: VersionUse): number {
  return highest([
    query.scopes.length > 0 ? VERSION_3_1 : MIN_VERSION,
    ...query.body.map((predicate) => ofPredicate(predicate, use)),
    ...query.expressions.map((expression) => ofExpression(expression, use)),
  ]);
}

const CHECK_VERSIONS = { one: MIN_VERSION, all: VERSION_3_1, reject: VERSION_3_3 } as const;

/** The smallest block version that has everything `content` uses. */
export function versionOf(content: BlockContent, use: VersionUse): number {
  return highest([
    content.scopes.length > 0 ? VERSION_3_1 : MIN_VERSION,
    ...content.facts.map((fact) => ofPredicate(fact, use)),
    ...content.rules.flatMap((rule) => [ofPredicate(rule.head, use), ofQuery(rule, use)]),
    ...content.checks.flatMap((check) => [
      CHECK_VERSIONS[check.kind],
      ...check.queries.map((query) => ofQuery(query, use)),
    ]),
  ]);
}
